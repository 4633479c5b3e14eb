import type { Clock } from '../clock.ts';
import { keyOfLine, type QueueKeys } from '../engine/keys.ts';
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
import { namesOfLines, readLists } from '../engine/limits/lines.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { requireNamed } from '../require-given.ts';
import { liftSplitLimits, setSplitLimits, wholeLimits } from '../shards/shard-settings.ts';
import type { QueueShards } from './queue-shards.ts';

export type { HeldBack } from '../engine/limits/holds.ts';
export type { Limit, LimitsNote, QueueLimits, RateLimit } from '../engine/limits/limits.ts';

/** A key with waiting jobs, in a queue with limits. */
export interface WaitingKey {
  /** Null stands for the jobs without a key. */
  key: string | null;
  waiting: number;
  /** How many of its jobs run, where that is limited; else 0. */
  running: number;
  /** `ready`: its next job is taken at its turn; `full`: when one that runs has ended; `paced`: when a token comes. */
  state: 'ready' | 'full' | 'paced';
  /** When its next token comes, epoch ms; null unless it is paced. */
  freesAt: number | null;
}

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

/** The limits of queues, as the inspector shows and sets them: kept in Redis, and in force for all workers at once. */
export class QueueLimitsInspector {
  readonly #depsOf: (queue: string) => QueueLimitsDeps;
  readonly #shards: LimitedShards;

  constructor(depsOf: (queue: string) => QueueLimitsDeps, shards: LimitedShards) {
    this.#depsOf = depsOf;
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
    const { client, keys, clock } = this.#depsOf(queue);
    const { rates, pending } = keys;
    const paced = await client.zrange(pending, '-inf', '(inf', 'BYSCORE');
    await client.del(rates);
    if (paced.length === 0) return;
    const now = clock.now();
    await client.zadd(pending, 'XX', ...paced.flatMap((key) => [now, key]));
  }

  /**
   * Reads what handlers hold back at the moment, the queue or keys of it, the longest first; up to 1,000. `refill` lets
   * all of it go.
   */
  async holds(queue: string): Promise<HeldBack[]> {
    const { client, keys, clock } = this.#depsOf(queue);
    return readHolds({ client, keys }, clock.now(), MOST_HOLDS);
  }

  /** When the queue as a whole gets its next token, in ms; 0 when it has one or has no rate. */
  async nextTokenInMs(queue: string): Promise<number> {
    const { client, keys, clock } = this.#depsOf(queue);
    const [note, fullAt] = await Promise.all([readLimits(client, keys), client.zscore(keys.rates, '')]);
    if (!note?.limits.rate || fullAt === null) return 0;
    return Math.max(0, Math.ceil(nextTokenAt(note.limits.rate, Number(fullAt)) - clock.now()));
  }

  /** Reads the keys with waiting jobs, those with most first; `limit` is how many at most, default 100. */
  async keys(queue: string, options: { limit?: number } = {}): Promise<WaitingKey[]> {
    const { limit = 100 } = requireNamed('limits.keys', ['limit'], options);
    const { client, keys } = this.#depsOf(queue);
    const names = await namesOfLines({ client, keys });
    const lists = await readLists(client, names.map(keys.line));
    const waiting = new Map<string, { waiting: number; lines: string[] }>();
    for (const [at, line] of names.entries()) {
      const key = keyOfLine(line);
      const { waiting: others, lines } = waiting.get(key) ?? { waiting: 0, lines: [] };
      waiting.set(key, { waiting: others + (lists[at]?.length ?? 0), lines: [...lines, line] });
    }
    const shown = [...waiting]
      .filter(([, one]) => one.waiting > 0)
      .sort(([, a], [, b]) => b.waiting - a.waiting)
      .slice(0, limit);
    if (shown.length === 0) return [];
    const shownLines = shown.flatMap(([, { lines }]) => lines);
    const [running, scores] = await Promise.all([
      client.hmget(keys.busy, ...shown.map(([key]) => key)),
      client.zmscore(keys.pending, ...shownLines),
    ]);
    const until = new Map(shownLines.map((line, at) => [line, scores[at] ?? null]));
    return shown.map(([key, one], at) => ({
      key: key === '' ? null : key,
      waiting: one.waiting,
      running: Number(running[at] ?? 0),
      // What its first line waits for, where all wait.
      ...stateOf(firstOf(one.lines.map((line) => until.get(line) ?? null))),
    }));
  }
}

/** The earliest of some times at which lines may run; null where one of them may now. */
function firstOf(until: readonly (string | null)[]): string | null {
  const times = until.map((one) => (one === null ? 0 : Number(one.replace('inf', 'Infinity'))));
  const first = until[times.indexOf(Math.min(...times))];
  return first ?? null;
}

function stateOf(until: string | null): Pick<WaitingKey, 'state' | 'freesAt'> {
  if (until === null) return { state: 'ready', freesAt: null };
  return until === 'inf' ? { state: 'full', freesAt: null } : { state: 'paced', freesAt: Number(until) };
}
