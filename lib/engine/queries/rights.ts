import { ApiaryError } from '../../errors.ts';
import { addressOf } from '../../redis/address.ts';
import { rightsKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/**
 * Tries what adding and looking need in Redis; resolves with the commands that are refused. The client must know the
 * scripts.
 */
export async function refusedCommands(client: RedisClient, prefix: string): Promise<string[]> {
  const { probe, channel } = rightsKeys(prefix);
  const keys = { other: probe, otherChannel: channel };
  return [...new Set(await runScript(client, { script: 'rights', keys, args: { value: 'x' } }))];
}

/** Makes sure that none of them is; rejects with REDIS_REFUSED and their names. */
export async function requireRights(client: RedisClient, prefix: string): Promise<void> {
  const refused = await refusedCommands(client, prefix);
  if (refused.length === 0) return;
  // Everybody may read the code of a cause, see health.ts; which commands it is, the log says.
  const cause = Object.assign(new Error('NOPERM'), { name: 'ReplyError', code: 'NOPERM' });
  throw new ApiaryError(
    'REDIS_REFUSED',
    `Redis at ${addressOf(client)} does not permit its user ${refused.join(', ')} (NOPERM)`,
    { cause },
  );
}
