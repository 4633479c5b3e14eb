import type { Clock } from '../clock.ts';
import type { JobState } from '../engine/keys.ts';
import type { JobFilter } from '../engine/record/job-filter.ts';
import {
  archiveAll,
  type BulkResult,
  cancelAll,
  countAll,
  promoteAll,
  removeAll,
  retryAll,
} from '../engine/repairs/bulk.ts';
import type { Pace } from '../engine/repairs/find.ts';
import type { ScoreRange } from '../engine/repairs/walk.ts';
import type { EndNote, IdleState } from '../engine/repairs/withdraw.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { tellCallers } from '../engine/tell-callers.ts';
import { MOST_LEFT, moveAll } from '../engine/transfer/move-all.ts';
import { type MovableState, requireOtherQueue } from '../engine/transfer/move-jobs.ts';
import { type EveryField, requireWhole } from '../field-checks.ts';
import { namesOf } from '../names-of.ts';
import { requireNamed } from '../require-given.ts';
import { type CancelOptions, readReason } from './cancel-options.ts';
import type { QueueShards } from './queue-shards.ts';
import type { Room } from './room.ts';

export type { BulkResult } from '../engine/repairs/bulk.ts';

/** Who ends jobs, and which; default all of the state. */
export interface EndManyOptions {
  by: string;
  filter?: JobFilter;
}

/** The same for a cancel, which may have a reason. */
export interface CancelManyOptions extends EndManyOptions, CancelOptions {}

/** How fast failed jobs are offered again. */
export interface RetryManyOptions {
  /** So many a minute, 1 to 10,000; default all at once. */
  perMinute?: number | undefined;
}

/** How many jobs a minute may be offered again; as many would be at once. */
export const MOST_PER_MINUTE = 10_000;

/** Who moves jobs, which and where to; default all of the state. */
export interface MoveManyOptions extends EndManyOptions {
  to: string;
}

const RETRY_NAMES = namesOf({ perMinute: true } satisfies EveryField<RetryManyOptions>);
const END_NAMES = namesOf({ by: true, filter: true } satisfies EveryField<EndManyOptions>);
const MOVE_NAMES = namesOf({ by: true, filter: true, to: true } satisfies EveryField<MoveManyOptions>);
const CANCEL_NAMES = namesOf({
  by: true,
  filter: true,
  reason: true,
} satisfies EveryField<CancelManyOptions>);

/** What changing many jobs works with. */
interface BulkInspectorDeps extends PacedBulk {
  client: RedisClient;
  room: (queue: string) => Room;
  /** The names of the shards of a queue. */
  shards: Pick<QueueShards, 'namesOf' | 'targetsIn'>;
  clock: Clock;
}

/** What goes along with calls on many jobs, and which jobs they are about. */
export interface PacedBulk {
  /** Hears between two small steps what was done; what it rejects with ends the call. */
  pace?: Pace;
  /** Of failed and delayed jobs, only those that failed, or are due, within these times. */
  range?: ScoreRange;
  /** Whether a queue that is named is one shard alone, also where it is the first of several. */
  isOneShard?: boolean;
}

/**
 * Changes all jobs of one state of a queue that pass a filter, default all; `inspector.bulk`. Each call resolves with
 * how many passed the filter, `matched`, and to how many of them it was done, as others had moved on.
 *
 * A call goes in small steps between which Redis serves others, and needs a while for many jobs. It covers what is in
 * the state from its beginning to its turn; jobs that come meanwhile may be among them. Throws JOB_INVALID for a
 * filter that cannot be.
 */
export class BulkInspector {
  readonly #room: (queue: string) => Room & PacedBulk;
  readonly #deps: BulkInspectorDeps;
  readonly #isOneShard: boolean;

  constructor({ client, room, shards, clock, isOneShard = false, ...paced }: BulkInspectorDeps) {
    this.#isOneShard = isOneShard;
    this.#room = (queue) => ({ ...room(queue), ...paced });
    this.#deps = { client, room, shards, clock };
  }

  /** The same calls with somebody who goes along with each of them. */
  paced(paced: PacedBulk): BulkInspector {
    return tellCallers(this.#deps.client, new BulkInspector({ ...this.#deps, ...paced }));
  }

  /** Counts the jobs that pass the filter, and changes nothing. */
  async count(queue: string, state: JobState, filter: JobFilter = {}): Promise<number> {
    let count = 0;
    for (const shard of await this.#namesOf(queue)) count += await countAll(this.#room(shard), state, filter);
    return count;
  }

  /**
   * Offers failed jobs again as `inspector.retry` does, in the order in which they died: all at once, or so many a
   * minute. Then all are delayed at once, each until its turn, and go on whoever dies. Throws JOB_INVALID for a
   * `perMinute` that is not 1 to 10,000.
   */
  async retry(queue: string, filter: JobFilter = {}, options: RetryManyOptions = {}): Promise<BulkResult> {
    const { perMinute } = requireNamed('bulk.retry', RETRY_NAMES, options);
    if (perMinute === undefined) return this.#each(queue, (room) => retryAll(room, filter));
    requireWhole('perMinute', perMinute, { least: 1, most: MOST_PER_MINUTE });
    const shards = (await this.#namesOf(queue)).length;
    const order = { from: this.#deps.clock.now(), apartMs: (60_000 * shards) / perMinute };
    return this.#each(queue, (room) => retryAll(room, filter, order));
  }

  /** Makes delayed jobs due now, in the order of their times. */
  promote(queue: string, filter: JobFilter = {}): Promise<BulkResult> {
    return this.#each(queue, (room) => promoteAll(room, filter));
  }

  /** Removes jobs. Throws JOB_STATE_FORBIDS for those that run. */
  remove(queue: string, state: IdleState, filter: JobFilter = {}): Promise<BulkResult> {
    return this.#each(queue, (room) => removeAll(room, state, filter));
  }

  /** Makes waiting or delayed jobs failed as `inspector.archive` does. */
  archive(queue: string, state: 'waiting' | 'delayed', options: EndManyOptions): Promise<BulkResult> {
    const order = { state, ...this.#order('bulk.archive', END_NAMES, options) };
    return this.#each(queue, (room) => archiveAll(room, order));
  }

  /**
   * Moves jobs to another queue as `inspector.move` does, those that wait in their order; says of the first ones that
   * stay why. In a queue with shards each goes where its key leads, or its id. Throws JOB_INVALID for what is no other
   * queue.
   */
  async move(queue: string, state: MovableState, options: MoveManyOptions): Promise<BulkResult> {
    const { filter, note } = this.#order('bulk.move', MOVE_NAMES, options);
    requireOtherQueue(queue, options.to);
    const placeOf = await this.#deps.shards.targetsIn(options.to, queue);
    const order = { ...note, to: options.to, ...(placeOf && { placeOf }) };
    return this.#each(queue, (room) => moveAll(room, { state, filter, order }));
  }

  /** Cancels jobs as `inspector.cancel` does; the handlers of those that run are told to stop. */
  cancel(
    queue: string,
    state: 'waiting' | 'delayed' | 'active',
    options: CancelManyOptions,
  ): Promise<BulkResult> {
    const { filter, note } = this.#order('bulk.cancel', CANCEL_NAMES, options);
    const reasoned = { ...note, ...readReason('bulk.cancel', options) };
    return this.#each(queue, (room) => cancelAll(room, { state, filter, note: reasoned }));
  }

  /** Does it in each shard of a queue, one after the other. */
  async #each(queue: string, run: (room: Room & PacedBulk) => Promise<BulkResult>): Promise<BulkResult> {
    const all = { matched: 0, done: 0 };
    const left: string[] = [];
    let tells = false;
    for (const shard of await this.#namesOf(queue)) {
      const found = await run(this.#room(shard));
      all.matched += found.matched;
      all.done += found.done;
      tells ||= found.left !== undefined;
      left.push(...(found.left ?? []).slice(0, MOST_LEFT - left.length));
    }
    return tells ? { ...all, left } : all;
  }

  async #namesOf(queue: string): Promise<readonly string[]> {
    return this.#isOneShard ? [queue] : this.#deps.shards.namesOf(queue);
  }

  #order(
    call: string,
    names: readonly string[],
    options: EndManyOptions,
  ): { filter: JobFilter; note: EndNote } {
    const { by, filter = {} } = requireNamed(call, names, options);
    return { filter, note: { by, at: this.#deps.clock.now() } };
  }
}
