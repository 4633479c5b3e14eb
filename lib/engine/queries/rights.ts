import { ApiaryError } from '../../errors.ts';
import { addressOf } from '../../redis/address.ts';
import { rightsKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/**
 * Makes sure that our user may do in Redis what adding and looking need; rejects with REDIS_REFUSED and the commands
 * that are refused. The client must know the scripts.
 */
export async function requireRights(client: RedisClient, prefix: string): Promise<void> {
  const { probe, channel } = rightsKeys(prefix);
  const keys = { other: probe, otherChannel: channel };
  const refused = await runScript(client, { script: 'rights', keys, args: { value: 'x' } });
  if (refused.length === 0) return;
  const names = [...new Set(refused)].join(', ');
  // Everybody may read the code of a cause, see health.ts; which commands it is, the log says.
  const cause = Object.assign(new Error('NOPERM'), { name: 'ReplyError', code: 'NOPERM' });
  throw new ApiaryError(
    'REDIS_REFUSED',
    `Redis at ${addressOf(client)} does not permit its user ${names} (NOPERM)`,
    { cause },
  );
}
