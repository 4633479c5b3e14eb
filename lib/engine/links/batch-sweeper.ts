import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What sweeping works with: a queue. */
export interface BatchSweeperDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many members one step looks at, and how many steps one run takes at most by default. */
const STEP = 500;
const MOST_STEPS = 20;

/**
 * Counts members of batches that a stock client has ended or removed, or that were pruned after they had failed, and
 * takes batches that are gone off their index. Each run goes on where the last one of that queue stopped.
 */
export class BatchSweeper {
  readonly #mostSteps: number;
  /** By the key of the members: members that go on for long must not keep others from being looked at. */
  readonly #cursors = new Map<string, string>();

  constructor(mostSteps = MOST_STEPS) {
    this.#mostSteps = mostSteps;
  }

  /**
   * Looks at a queue; resolves with how many members were looked at. Two commands when there are no batches; up to
   * 10,000 members are looked at when there are.
   */
  async sweep({ client, keys }: BatchSweeperDeps): Promise<number> {
    const { batches, batchIndex } = keys;
    let seen = 0;
    let cursor = this.#cursors.get(batches) ?? '0';
    for (let step = 0; step < this.#mostSteps; step++) {
      const [next, pairs] = await client.hscan(batches, cursor, 'COUNT', STEP);
      const ids = pairs.filter((_one, at) => at % 2 === 0);
      if (ids.length > 0) {
        seen += await runScript(client, { script: 'sweep-batches', queue: keys, rest: ids });
      }
      cursor = next;
      if (cursor === '0') break;
    }
    this.#cursors.set(batches, cursor);
    await forgetGone(client, batchIndex);
    return seen;
  }
}

async function forgetGone(client: RedisClient, batchIndex: string): Promise<void> {
  if ((await client.zcard(batchIndex)) === 0) return;
  const [seconds] = await client.time();
  await client.zremrangebyscore(batchIndex, '-inf', Number(seconds) * 1_000 - 1);
}
