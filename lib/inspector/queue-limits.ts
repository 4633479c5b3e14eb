import type { Clock } from '../clock.ts';
import type { QueueKeys } from '../engine/keys.ts';
import { nextTokenAt } from '../engine/limits/bucket.ts';
import { type HeldBack, readHolds } from '../engine/limits/holds.ts';
import {
  type LimitsNote,
  liftLimits,
  type QueueLimits,
  readLimits,
  requireLimits,
  writeLimits,
} from '../engine/limits/limits.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { requireNamed } from '../require-given.ts';
import { liftSplitLimits, setSplitLimits, wholeLimits } from '../shards/shard-settings.ts';
import type { QueueRooms } from './queue-rooms.ts';
import type { QueueShards } from './queue-shards.ts';
import type { Room } from './room.ts';
import { mergedHolds, mergedKeys, readWaitingKeys, type WaitingKey } from './waiting-keys.ts';

export type { HeldBack } from '../engine/limits/holds.ts';
export type { Limit, LimitsNote, QueueLimits, RateLimit } from '../engine/limits/limits.ts';
export type { WaitingKey } from './waiting-keys.ts';

/** So many of the queue and keys that are held back are told. */
const MOST_HOLDS = 1_000;

/** What looking at the limits of one queue and setting them works with. */
export interface QueueLimitsDeps {
  client: RedisClient;
  keys: QueueKeys;
  queue: string;
  clock: Clock;
}

/** What tells of the shards among which limits are split. */
export interface LimitedShards {
  prefix: string;
  of: Pick<QueueShards, 'namesOf' | 'get'>;
}

/** What looking at limits works with. */
export interface LimitsInspectorDeps {
  rooms: QueueRooms;
  clock: Clock;
  shards: LimitedShards;
}

/** The limits of queues, as the inspector shows and sets them: kept in Redis, and in force for all workers at once. */
export class QueueLimitsInspector {
  readonly #rooms: QueueRooms;
  readonly #depsOf: (queue: string) => QueueLimitsDeps;
  readonly #shards: LimitedShards;

  constructor({ rooms, clock, shards }: LimitsInspectorDeps) {
    this.#rooms = rooms;
    this.#depsOf = (queue) => ({ ...rooms.home(queue), clock });
    this.#shards = shards;
  }

  /** Reads the limits of a queue, who set them and when; null when it has none. */
  async get(queue: string): Promise<LimitsNote | null> {
    const { client, keys } = this.#depsOf(queue);
    const { prefix, of } = this.#shards;
    const { length } = await of.namesOf(queue);
    return length === 1 ? readLimits(client, keys) : wholeLimits({ client, prefix }, queue);
  }

  /**
   * Sets all limits of a queue, in the place of those that it had. Throws JOB_INVALID that lists each wrong field, and
   * for a name that no queue can have, unless a stock bee-queue has made one of it.
   */
  async set(queue: string, limits: QueueLimits, by: string): Promise<void> {
    const { client, keys, clock } = this.#depsOf(queue);
    await requireOurs({ client, keys, queue });
    const note = { limits, by, at: clock.now() };
    const { shards, ever } = await this.#shards.of.get(queue);
    if (ever === 1) return writeLimits(client, keys, note);
    requireLimits(limits);
    return setSplitLimits({ client, prefix: this.#shards.prefix }, queue, { shards, note });
  }

  /** Lifts the limits of a queue; false when it had none. */
  async lift(queue: string, by: string): Promise<boolean> {
    const { client, keys, clock } = this.#depsOf(queue);
    const names = await this.#shards.of.namesOf(queue);
    if (names.length === 1) return liftLimits(client, keys, { by, at: clock.now() });
    return liftSplitLimits({ client, prefix: this.#shards.prefix }, queue);
  }

  /**
   * Fills the buckets of a queue, of the whole and of its keys, and lets go of what handlers hold back: what waits for
   * either may begin.
   */
  async refill(queue: string): Promise<void> {
    const now = this.#depsOf(queue).clock.now();
    await this.#rooms.each(queue, (room) => refill(room, now));
  }

  /**
   * Reads what handlers hold back at the moment, the queue or keys of it, the longest first; up to 1,000. `refill` lets
   * all of it go.
   */
  async holds(queue: string): Promise<HeldBack[]> {
    const now = this.#depsOf(queue).clock.now();
    const read = (room: Room): Promise<HeldBack[]> => readHolds(room, now, MOST_HOLDS);
    return this.#rooms.over(queue, read, (parts) => mergedHolds(parts.flat()).slice(0, MOST_HOLDS));
  }

  /**
   * When the queue as a whole gets its next token, in ms; 0 when it has one or has no rate. Of a queue with shards, the
   * first of them that gets one.
   */
  async nextTokenInMs(queue: string): Promise<number> {
    const now = this.#depsOf(queue).clock.now();
    const read = (room: Room): Promise<number | null> => nextTokenInMs(room, now);
    return (await this.#rooms.over(queue, read, earliest)) ?? 0;
  }

  /** Reads the keys with waiting jobs, those with most first; `limit` is how many at most, default 100. */
  async keys(queue: string, options: { limit?: number } = {}): Promise<WaitingKey[]> {
    const { limit = 100 } = requireNamed('limits.keys', ['limit'], options);
    const read = (room: Room): Promise<WaitingKey[]> => readWaitingKeys(room, limit);
    return this.#rooms.over(queue, read, (parts) => mergedKeys(parts.flat()).slice(0, limit));
  }
}

/** When a queue, or a shard of one, gets its next token, in ms; null where it has no rate. */
async function nextTokenInMs({ client, keys }: Room, now: number): Promise<number | null> {
  const [note, fullAt] = await Promise.all([readLimits(client, keys), client.zscore(keys.rates, '')]);
  if (!note?.limits.rate) return null;
  if (fullAt === null) return 0;
  return Math.max(0, Math.ceil(nextTokenAt(note.limits.rate, Number(fullAt)) - now));
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((one) => one !== null);
  return known.length === 0 ? null : Math.min(...known);
}

async function refill({ client, keys: { rates, pending } }: Room, now: number): Promise<void> {
  const paced = await client.zrange(pending, '-inf', '(inf', 'BYSCORE');
  await client.del(rates);
  if (paced.length > 0) await client.zadd(pending, 'XX', ...paced.flatMap((key) => [now, key]));
}
