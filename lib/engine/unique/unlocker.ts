import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What unlocking works with: a queue. */
export interface UnlockerDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many unique jobs one step looks at, and how many steps one run takes at most. */
const STEP = 500;
const MOST_STEPS = 20;

/**
 * Lets go of the unique keys of jobs that a stock client has ended or removed, and frees what is parked behind them;
 * resolves with how many. One command when there are no unique jobs; up to 10,000 of them are looked at when there are.
 */
export async function unlockEnded({ client, keys }: UnlockerDeps): Promise<number> {
  let unlocked = 0;
  let cursor = '0';
  for (let step = 0; step < MOST_STEPS; step++) {
    const [next, pairs] = await client.hscan(keys.uniques, cursor, 'COUNT', STEP);
    if (pairs.length > 0) {
      const args = { why: 'suspected' };
      unlocked += await runScript(client, { script: 'unlock', queue: keys, args, rest: pairs });
    }
    cursor = next;
    if (cursor === '0') break;
  }
  return unlocked;
}
