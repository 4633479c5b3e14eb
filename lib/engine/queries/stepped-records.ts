import type { RedisClient } from '../scripts.ts';
import { type WalkDeps, WINDOW } from './newest-first.ts';

/** About how many characters of records are read at a time, and how many records while their size is unknown. */
const TEXT_AT_ONCE = 500_000;
const FIRST_STEP = 10;

/**
 * Reads records for so few jobs at a time that Redis serves others in between, also where records are large: as many
 * as those before were small.
 */
export class SteppedRecords {
  readonly #client: RedisClient;
  readonly #jobs: string;
  #step = FIRST_STEP;

  constructor({ client, keys }: WalkDeps) {
    this.#client = client;
    this.#jobs = keys.jobs;
  }

  /** Yields each that there is, with what it is the record of. */
  async *of<Item extends { id: string }>(items: readonly Item[]): AsyncGenerator<[item: Item, raw: string]> {
    for (let from = 0; from < items.length; ) {
      const some = items.slice(from, from + this.#step);
      from += this.#step;
      const records = await this.#client.hmget(this.#jobs, ...some.map(({ id }) => id));
      for (const [at, item] of some.entries()) {
        const raw = records[at];
        if (typeof raw === 'string') yield [item, raw];
      }
      const length = records.reduce((sum, raw) => sum + (raw?.length ?? 0), 1);
      this.#step = Math.min(WINDOW, Math.ceil((TEXT_AT_ONCE * some.length) / length));
    }
  }
}
