import type { QueueKeys } from './keys.ts';
import { type RedisClient, runScript } from './scripts.ts';

/** What sweeping works with: a queue. */
export interface BatchSweeperDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many members one step looks at, and how many steps one run takes at most. */
const STEP = 500;
const MOST_STEPS = 20;

/**
 * Counts members of batches that a stock client has ended or removed, or that were pruned after they had failed, and takes
 * batches that are gone off their index; resolves with how many members were looked at. Two commands when there are no
 * batches; up to 10,000 members are looked at when there are.
 */
export async function sweepBatches({ client, keys }: BatchSweeperDeps): Promise<number> {
  const { batches, batchIndex, jobs, succeeded, failed } = keys;
  let seen = 0;
  let cursor = '0';
  for (let step = 0; step < MOST_STEPS; step++) {
    const [next, pairs] = await client.hscan(batches, cursor, 'COUNT', STEP);
    const ids = pairs.filter((_one, at) => at % 2 === 0);
    if (ids.length > 0) {
      const call = { script: 'tally', keys: [batches, jobs, succeeded, failed] } as const;
      seen += (await runScript(client, { ...call, args: ['suspected', ...ids] })) as number;
    }
    cursor = next;
    if (cursor === '0') break;
  }
  if ((await client.zcard(batchIndex)) === 0) return seen;
  const [seconds] = await client.time();
  await client.zremrangebyscore(batchIndex, '-inf', Number(seconds) * 1_000 - 1);
  return seen;
}
