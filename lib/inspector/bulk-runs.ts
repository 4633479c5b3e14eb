import {
  anyOption,
  checkOptions,
  flagOption,
  listOption,
  type Option,
  optionThat,
  textOption,
} from '../check-options.ts';
import { JOB_STATES, type JobState } from '../engine/keys.ts';
import { isJobState } from '../engine/queries/queries.ts';
import { type JobFilter, requireFilter } from '../engine/record/job-filter.ts';
import { type BulkRunDeps, BulkRunStore } from '../engine/repairs/bulk-run-store.ts';
import { countSome, type SomeCounted } from '../engine/repairs/count-some.ts';
import { tellCallers } from '../engine/tell-callers.ts';
import { requireOtherQueue } from '../engine/transfer/move-jobs.ts';
import { ApiaryError } from '../errors.ts';
import { BULK_NAMES, type BulkName, isBulkName, statesFor } from './bulk-operations.ts';
import { type BulkRunInfo, toBulkRunInfo } from './bulk-run-info.ts';
import type { QueueShards } from './queue-shards.ts';
import type { Room } from './room.ts';

export type { SomeCounted } from '../engine/repairs/count-some.ts';
export type { BulkRunInfo, BulkRunStatus } from './bulk-run-info.ts';

/** What a run is to do: an operation, to all jobs of a state that pass a filter or to some single ones. */
export interface BulkRunOrder {
  operation: BulkName;
  queue: string;
  state: JobState;
  filter?: JobFilter;
  /** Single jobs of any state, each by its queue and id; default those that pass the filter. At most 1,000. */
  ids?: readonly (readonly [queue: string, id: string])[];
  /** The queue that they are moved to; of that operation alone. */
  to?: string;
  /** Whether they are counted only; default false. */
  dryRun?: boolean;
}

const MOST_IDS = 1_000;
const pairOption = optionThat(
  'must be a pair of a queue and an id',
  (value) => Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string'),
);
const isKnownOperation = (value: unknown): boolean => typeof value === 'string' && isBulkName(value);
const ORDER = {
  operation: optionThat(`must be one of ${BULK_NAMES.join(', ')}`, isKnownOperation),
  queue: optionThat('must be a text that is not empty', (value) => typeof value === 'string' && value !== ''),
  state: optionThat(
    `must be one of ${JOB_STATES.join(', ')}`,
    (value) => typeof value === 'string' && isJobState(value),
  ),
  filter: anyOption.optional(),
  ids: listOption(pairOption).optional(),
  dryRun: flagOption.optional(),
  to: textOption.optional(),
} satisfies Record<keyof BulkRunOrder, Option>;

/** What runs work with. */
export interface BulkRunsDeps extends BulkRunDeps {
  room: (queue: string) => Room;
  shards: Pick<QueueShards, 'namesOf' | 'targetsIn'>;
}

/** Runs that change many jobs in the background, by whichever monitor has time; `inspector.bulkRuns`. */
export class BulkRuns {
  readonly #room: BulkRunsDeps['room'];
  readonly #shards: BulkRunsDeps['shards'];
  /** Where they are kept; for those who work on them. */
  readonly store: BulkRunStore;

  constructor({ room, shards, ...deps }: BulkRunsDeps) {
    this.#room = room;
    this.#shards = shards;
    this.store = tellCallers(deps.client, new BulkRunStore(deps));
  }

  /**
   * Asks for a run under an id of the caller's choice: asked again, it is the same one, and false is said. Throws
   * JOB_INVALID for an order that cannot be, JOB_STATE_FORBIDS for jobs that the operation is not for, TOO_MANY_HELD
   * where 20 runs have not ended, and DATA_TOO_LARGE.
   */
  async start(id: string, order: BulkRunOrder, by: string): Promise<boolean> {
    const { operation, queue, state, filter = {}, ids = null, dryRun = false, to } = requireOrder(order);
    checkOptions('bulkRuns.start', { id: textOption, by: textOption }, { id, by }, 'JOB_INVALID');
    // Of single ones it is said of each why it stays.
    if (to !== undefined && ids === null) await this.#shards.targetsIn(to, queue);
    const [at, total] = await Promise.all([this.store.now(), ids?.length ?? this.#count(queue, state)]);
    return this.store.add({
      ...{ id, operation, dryRun, queue, state, filter, by, at, total },
      ids: ids === null ? null : ids.map(([from, one]) => [from, one]),
      ...(ids !== null && { queues: [...new Set(ids.map(([from]) => from))] }),
      ...(to !== undefined && { to }),
      ...{ holder: null, leaseUntil: 0, stoppedBy: null, endedAt: null, error: null },
      ...{ looked: 0, matched: 0, done: 0, left: [], passed: null },
    });
  }

  async #count(queue: string, state: JobState): Promise<number> {
    const names = await this.#shards.namesOf(queue);
    const all = await Promise.all(names.map((name) => this.#room(name).queries.counts()));
    return all.reduce((sum, counts) => sum + counts[state], 0);
  }

  /** Lists those that are kept, the newest first: the last 100, and ended ones for a week. */
  async list(): Promise<BulkRunInfo[]> {
    return (await this.store.list()).flatMap(({ run }) => toBulkRunInfo(run) ?? []);
  }

  /** Reads one; null where there is none, or none any more. */
  async get(id: string): Promise<BulkRunInfo | null> {
    checkOptions('bulkRuns.get', { id: textOption }, { id }, 'JOB_INVALID');
    const read = await this.store.read(id);
    return read && toBulkRunInfo(read.run);
  }

  /**
   * Has a run stop after its next small step; what is done stays done. Says how it stood; null where there is none.
   */
  async stop(id: string, by: string): Promise<BulkRunInfo['status'] | null> {
    checkOptions('bulkRuns.stop', { id: textOption, by: textOption }, { id, by }, 'JOB_INVALID');
    for (;;) {
      const read = await this.store.read(id);
      const status = (read && toBulkRunInfo(read.run)?.status) ?? null;
      if (read === null || (status !== 'waiting' && status !== 'running')) return status;
      // One that nobody has begun has nothing to finish.
      const ended = status === 'waiting' ? { endedAt: await this.store.now() } : {};
      if ((await this.store.change(read, { stoppedBy: by, ...ended })) !== null) return status;
    }
  }

  /** Counts what a run would be about, as far as that can be told by a look at 5,000 jobs. */
  async countSome(order: BulkRunOrder): Promise<SomeCounted> {
    const { queue, state, filter = {}, ids } = requireOrder(order);
    if (ids !== undefined) return { matched: ids.length, looked: ids.length, isAll: true };
    const some = { matched: 0, looked: 0, isAll: true };
    for (const name of await this.#shards.namesOf(queue)) {
      const { matched, looked, isAll } = await countSome(this.#room(name), state, filter, some.looked);
      some.matched += matched;
      some.looked += looked;
      some.isAll = isAll;
      if (!isAll) break;
    }
    return some;
  }
}

/**
 * The order, with each single job once. Throws JOB_INVALID for what is no order, and JOB_STATE_FORBIDS for jobs that
 * the operation is not for.
 */
function requireOrder(order: BulkRunOrder): BulkRunOrder {
  checkOptions('a run', ORDER, order, 'JOB_INVALID');
  const { operation, state, filter = {}, ids } = order;
  requireFilter(filter);
  requireTarget(order);
  if (ids !== undefined && (ids.length === 0 || ids.length > MOST_IDS)) {
    const message = `ids must be 1 to ${MOST_IDS}, not ${ids.length}`;
    throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'ids', message }] });
  }
  if (ids === undefined && !statesFor(operation).includes(state)) {
    const message = `${operation} is not for jobs that are ${state}, only for ${statesFor(operation).join(', ')} ones`;
    throw new ApiaryError('JOB_STATE_FORBIDS', message);
  }
  return ids === undefined ? order : { ...order, ids: eachOnce(ids) };
}

/** What is moved says where to, and nothing else does. */
function requireTarget({ operation, queue, ids = [], to }: BulkRunOrder): void {
  if (operation === 'move') {
    requireOtherQueue(queue, to);
    for (const [from] of ids) requireOtherQueue(from, to);
    return;
  }
  if (to === undefined) return;
  const message = `to is for move alone, not for ${operation}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'to', message }] });
}

/** A page may have been ticked twice over. */
function eachOnce(ids: NonNullable<BulkRunOrder['ids']>): [queue: string, id: string][] {
  const pairs = ids.map(([queue, id]): [string, string] => [queue, id]);
  return [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()];
}
