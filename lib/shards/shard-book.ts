import type { Clock } from '../clock.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { tell } from '../engine/tell-callers.ts';
import { readRecords, type ShardRecord } from './shard-record.ts';

/** What a book works with. */
export interface ShardBookDeps {
  client: RedisClient;
  prefix: string;
  clock: Pick<Clock, 'elapsed'>;
  /** For how long what was read is good, in ms. */
  freshMs: number;
}

/** So long an old record waits for a new one, in ms. */
const PATIENCE_MS = 500;

const NONE: ReadonlyMap<string, ShardRecord> = new Map();

/** Knows which queues have shards; all who ask at a time share one look. */
export class ShardBook {
  readonly #deps: ShardBookDeps;
  #known: { records: ReadonlyMap<string, ShardRecord>; until: number } | null = null;
  #reading: Promise<ReadonlyMap<string, ShardRecord>> | null = null;

  constructor(deps: ShardBookDeps) {
    this.#deps = deps;
  }

  /** The record of a queue; undefined where it has no shards. Rejects when Redis is away and nothing is known yet. */
  async of(queue: string): Promise<ShardRecord | undefined> {
    return (await this.all()).get(queue);
  }

  /** The records of all queues with shards. Rejects as `of`. */
  async all(): Promise<ReadonlyMap<string, ShardRecord>> {
    const known = this.#known;
    if (!known) return this.read();
    if (this.#deps.clock.elapsed() < known.until) return known.records;
    // Those of an older record are shards too, so nothing need stand still with the primary of the records.
    return orAfter(PATIENCE_MS, this.read(), known.records);
  }

  /** The same, read anew. */
  read(): Promise<ReadonlyMap<string, ShardRecord>> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<ReadonlyMap<string, ShardRecord>> {
    const { client, prefix, clock, freshMs } = this.#deps;
    // What is read may be as old as the question.
    const askedAt = clock.elapsed();
    const records = await tell(client, readRecords(client, prefix).catch(noneWhereRefused));
    this.#known = { records, until: askedAt + freshMs };
    return records;
  }
}

/** What a promise comes to; the other where it rejects, or takes longer. */
function orAfter<T>(limitMs: number, coming: Promise<T>, other: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(other), limitMs);
    coming
      .catch(() => other)
      .then((came) => {
        clearTimeout(timer);
        resolve(came);
      });
  });
}

/**
 * A user without the right to it is of a time before there were shards. It sees the first shard, which is always
 * served; and so do all where something else stands under that key.
 */
function noneWhereRefused(error: unknown): ReadonlyMap<string, ShardRecord> {
  if (error instanceof Error && /^(NOPERM|WRONGTYPE)/.test(error.message)) return NONE;
  throw error;
}
