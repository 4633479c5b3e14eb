import type { Clock } from '../clock.ts';
import type { JobState } from '../engine/keys.ts';
import { addLine } from '../engine/repairs/added-lines.ts';
import { type CancelResult, cancelJob } from '../engine/repairs/cancel.ts';
import { type RerunResult, rerunJob } from '../engine/repairs/rerun.ts';
import { archiveJob, type WithdrawResult } from '../engine/repairs/withdraw.ts';
import { type SignalResult, sendSignal, writtenSignal } from '../engine/signals/send-signal.ts';
import type { RemovalResult, RepairResult } from '../engine/store/repair-result.ts';
import { type MoveResult, moveJob, requireOtherQueue } from '../engine/transfer/move-jobs.ts';
import { requireObject } from '../require-given.ts';
import { type CancelOptions, readReason } from './cancel-options.ts';
import { type NewData, type Rescheduling, rescheduleJob, setJobPriority } from './job-changes.ts';
import { type LineToLog, toLogLine } from './log-line.ts';
import type { QueueShards } from './queue-shards.ts';
import type { Room } from './room.ts';

/** Where a job is moved, and by whom. */
export interface MoveOptions {
  to: string;
  by: string;
}

/** What changing jobs works with. */
export interface JobInspectorDeps {
  /** The room of the shard that has the job. */
  roomOf: (queue: string, id: string) => Promise<Room>;
  shards: Pick<QueueShards, 'targetsIn'>;
  clock: Clock;
}

/** Changes single jobs from outside; each call says what it did, or in which state the job is instead. */
export class JobInspector {
  readonly #roomOf: JobInspectorDeps['roomOf'];
  readonly #shards: JobInspectorDeps['shards'];
  readonly #clock: Clock;

  constructor({ roomOf, shards, clock }: JobInspectorDeps) {
    this.#roomOf = roomOf;
    this.#shards = shards;
    this.#clock = clock;
  }

  /** Offers a failed job again, with one further attempt and no spent ones counted against it. */
  async retry(queue: string, id: string): Promise<RepairResult> {
    return (await this.#roomOf(queue, id)).store.retry(id, 0);
  }

  /** Makes a delayed job due now. */
  async promote(queue: string, id: string): Promise<RepairResult> {
    return (await this.#roomOf(queue, id)).store.promote(id);
  }

  /** Removes a job wherever it is; a running one ends without effect. Resolves with its state, null if none. */
  async remove(queue: string, id: string): Promise<JobState | null> {
    return (await this.#roomOf(queue, id)).store.remove(id);
  }

  /** Removes a job wherever it is, unless it runs: that one is to be cancelled. */
  async removeIdle(queue: string, id: string): Promise<RemovalResult> {
    return (await this.#roomOf(queue, id)).store.removeIdle(id);
  }

  /** Makes a waiting or delayed job failed, outcome `discarded`; `by` is kept in its newest error. */
  async archive(queue: string, id: string, by: string): Promise<WithdrawResult> {
    return archiveJob(await this.#roomOf(queue, id), id, { by, at: this.#clock.now() });
  }

  /**
   * Moves a waiting, delayed or failed job to another queue with its id, times and attempts; `by` is kept in its log.
   * Throws why it stays: JOB_TIED, JOB_EXISTS where another job has its id there, QUEUE_FULL, ENCRYPTION_KEY_MISSING;
   * JOB_INVALID for what is no other queue. In a queue with shards it goes where its key leads, or its id.
   */
  async move(queue: string, id: string, options: MoveOptions): Promise<MoveResult> {
    const { to, by } = requireObject('move', 'to and by', options);
    requireOtherQueue(queue, to);
    const placeOf = await this.#shards.targetsIn(to, queue);
    const order = { to, by, at: this.#clock.now(), ...(placeOf && { placeOf }) };
    return moveJob(await this.#roomOf(queue, id), id, order);
  }

  /**
   * Cancels a job: one that waits or is delayed ends at once as cancelled, the handler of a running one is told by its
   * signal, within a second wherever it runs, and is not retried however it ends. A `reason` is told to the handler, by
   * the cause of its signal's reason, and kept with the job. Says in which state the job was.
   */
  async cancel(queue: string, id: string, by: string, options: CancelOptions = {}): Promise<CancelResult> {
    const note = { by, at: this.#clock.now(), ...readReason('cancel', options) };
    return cancelJob(await this.#roomOf(queue, id), id, note);
  }

  /** Replaces the data of a job that is not running. */
  async updateData(queue: string, id: string, data: unknown): Promise<RepairResult> {
    return (await this.#roomOf(queue, id)).store.updateData(id, data);
  }

  /**
   * Has a waiting or delayed job start at another time (epoch ms), with other data if given; JOB_INVALID for what is no
   * time.
   */
  async reschedule(queue: string, id: string, change: Rescheduling): Promise<RepairResult> {
    return rescheduleJob(await this.#roomOf(queue, id), id, change);
  }

  /**
   * Gives a waiting or delayed job another priority, 0 (first) to 9, and other data if given; it comes last among those
   * of its new priority. Throws JOB_INVALID for what is no priority.
   */
  async setPriority(
    queue: string,
    id: string,
    priority: number,
    change: NewData = {},
  ): Promise<RepairResult> {
    return setJobPriority(await this.#roomOf(queue, id), id, { priority, change });
  }

  /**
   * Gives a job that has not ended a signal with data, as `producer.signal` does; says whether it has one of that name
   * already, which stays.
   */
  async signal(queue: string, id: string, name: string, data: unknown = null): Promise<SignalResult> {
    return sendSignal(await this.#roomOf(queue, id), id, writtenSignal(name, data));
  }

  /**
   * Adds a line to the log of a job, running or not: it is shown at once. Throws JOB_INVALID for what is no message or
   * no level, ENCRYPTION_KEY_MISSING for an encrypted job whose keys are not here.
   */
  async log(queue: string, id: string, line: LineToLog): Promise<RepairResult> {
    const given = requireObject('log', 'by, message and level', line);
    return addLine(await this.#roomOf(queue, id), id, toLogLine(given, this.#clock.now()));
  }

  /**
   * Adds a new job with the data of one that has ended, and its options but for times and ties to others; says its id.
   * Throws JOB_EXISTS where another job holds its unique key.
   */
  async rerun(queue: string, id: string, by: string): Promise<RerunResult> {
    return rerunJob({ ...(await this.#roomOf(queue, id)), clock: this.#clock }, id, by);
  }
}
