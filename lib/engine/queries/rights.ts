import { ApiaryError } from '../../errors.ts';
import { addressOf } from '../../redis/address.ts';
import { rightsKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

const READONLY = 'READONLY';

/**
 * Tries what adding and looking need in Redis; resolves with the commands that are refused, or with READONLY where it
 * is a replica. The client must know the scripts.
 */
export async function refusedCommands(client: RedisClient, prefix: string): Promise<string[]> {
  const { probe, channel } = rightsKeys(prefix);
  const keys = { other: probe, otherChannel: channel };
  return [...new Set(await runScript(client, { script: 'rights', keys, args: { value: 'x' } }))];
}

/**
 * Makes sure that none of them is; rejects with REDIS_REFUSED and their names, and with REDIS_UNAVAILABLE where Redis
 * is a replica, which takes no changes from anybody.
 */
export async function requireRights(client: RedisClient, prefix: string): Promise<void> {
  const refused = await refusedCommands(client, prefix);
  if (refused.length === 0) return;
  const address = addressOf(client);
  if (refused.includes(READONLY)) {
    const message = `Redis at ${address} is a replica and takes no changes (READONLY)`;
    throw new ApiaryError('REDIS_UNAVAILABLE', message, { cause: replyOf(READONLY) });
  }
  const message = `Redis at ${address} does not permit its user ${refused.join(', ')} (NOPERM)`;
  throw new ApiaryError('REDIS_REFUSED', message, { cause: replyOf('NOPERM') });
}

/** Everybody may read the code of a cause, see health.ts; what it is about, the log says. */
function replyOf(code: string): Error {
  return Object.assign(new Error(code), { name: 'ReplyError', code });
}
