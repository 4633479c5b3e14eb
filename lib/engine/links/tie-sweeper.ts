import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What sweeping works with: a queue. */
export interface TieSweeperDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** Where the members stand, what tells which of what they belong to are there, and who counts what became of some. */
export interface Ties {
  members: 'batches' | 'steps';
  index: 'batchIndex' | 'flowIndex';
  count(deps: TieSweeperDeps, ids: readonly string[]): Promise<number>;
}

/** How many members one step looks at, and how many steps one run takes at most by default. */
const STEP = 500;
const MOST_STEPS = 20;

/**
 * Counts members that a stock client has ended or removed, or that were pruned after they had failed, and takes what is
 * gone off its index. Each run goes on where the last one of that queue stopped.
 */
export class TieSweeper {
  readonly #ties: Ties;
  readonly #mostSteps: number;
  /** By the key of the members: members that go on for long must not keep others from being looked at. */
  readonly #cursors = new Map<string, string>();

  constructor(ties: Ties, mostSteps = MOST_STEPS) {
    this.#ties = ties;
    this.#mostSteps = mostSteps;
  }

  /**
   * Looks at a queue; resolves with how many members were looked at. Two commands when there are none; up to 10,000
   * members are looked at when there are.
   */
  async sweep({ client, keys }: TieSweeperDeps): Promise<number> {
    const members = keys[this.#ties.members];
    let seen = 0;
    let cursor = this.#cursors.get(members) ?? '0';
    for (let step = 0; step < this.#mostSteps; step++) {
      const [next, pairs] = await client.hscan(members, cursor, 'COUNT', STEP);
      const ids = pairs.filter((_one, at) => at % 2 === 0);
      if (ids.length > 0) seen += await this.#ties.count({ client, keys }, ids);
      cursor = next;
      if (cursor === '0') break;
    }
    this.#cursors.set(members, cursor);
    await forgetGone(client, keys[this.#ties.index]);
    return seen;
  }
}

async function forgetGone(client: RedisClient, index: string): Promise<void> {
  if ((await client.zcard(index)) === 0) return;
  const [seconds] = await client.time();
  await client.zremrangebyscore(index, '-inf', Number(seconds) * 1_000 - 1);
}
