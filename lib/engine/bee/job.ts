import { requireWellFormed } from '../../names.ts';
import type { ActiveJob } from '../pump/active-job.ts';
import type { QueueCore } from '../queue/queue-core.ts';
import { type JobRecord, parseRecord } from '../record/record.ts';
import type { RepairResult } from '../store/repair-result.ts';
import { BeeJob, type BeeQueueShape, type Callback, withCallback } from './bee.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { QueueHealth } from './queue-settings.ts';

/** A queue as its jobs know it. */
export interface JobQueue<Data = unknown>
  extends Pick<BeeQueueShape, 'name' | 'paused' | 'settings' | 'isRunning' | 'toKey'>,
    Pick<QueueCore, 'client' | 'clock' | 'keys' | 'store' | 'queries'> {
  /** The jobs that are told of their own events, by id. */
  readonly jobs: Map<string, Job<Data>>;
  /** Whether jobs are remembered, so that their events reach them. */
  readonly remembersJobs: boolean;
  /** How long the data of a job may be, as JSON in bytes. */
  readonly maxDataBytes: number;
  /** Every call that asks Redis for something goes through here. */
  readonly calls: QueueCalls;
  createJob(data?: Data): Job<Data>;
  saveJobs(jobs: readonly Job[]): Promise<void>;
  saveAll(jobs: Iterable<Job>): Promise<Map<Job, Error>>;
  getJob(id: string | number, callback?: Callback<Job<Data> | null>): Promise<Job<Data> | null>;
  removeJob(id: string | number, callback?: Callback<boolean>): Promise<boolean>;
  announceProgress(job: Job, progress: unknown): Promise<void>;
  checkHealth(callback?: Callback<QueueHealth>): Promise<QueueHealth>;
  close(timeoutMs?: number | null, callback?: Callback<void>): Promise<void>;
}

/** bee-queue's job, saved and repaired through our scripts. The builder methods are bee-queue's own. */
export class Job<Data = unknown> extends BeeJob {
  declare data: Data;
  declare readonly queue: JobQueue;
  /** After `save`: true when the job was stored, false when its id was taken; null before. */
  created: boolean | null = null;

  /**
   * Stores the job; resolves with it. A job that has its id already is left alone: then `created` is false and, as
   * in bee-queue, `id` is null. Rejects with QUEUE_CLOSED after `close`, with JOB_INVALID when data cannot be JSON.
   */
  save(callback?: Callback<this>): Promise<this> {
    return withCallback(
      this.queue.saveJobs([this]).then(() => this),
      callback,
    );
  }

  /** Names the job, as in bee-queue. Throws JOB_INVALID for half a surrogate pair: Redis would keep another id. */
  override setId(id: string): this {
    requireWellFormed('id', String(id));
    return super.setId(id);
  }

  /** Earliest start, as a Date or epoch ms; a time that is over means at once. */
  override delayUntil(time: number | Date): this {
    delete this.options.delay;
    return super.delayUntil(time);
  }

  /** Announces progress, any JSON value but null and undefined. A running job stores it too. */
  reportProgress(progress: unknown, callback?: Callback<void>): Promise<void> {
    return withCallback(this.queue.announceProgress(this, progress), callback);
  }

  /** Removes the job wherever it is; a running one is aborted and its end changes nothing. */
  remove(callback?: Callback<this>): Promise<this> {
    return withCallback(
      this.queue.removeJob(this.id ?? '').then(() => this),
      callback,
    );
  }

  /** Offers a failed job again, for one attempt; resolves with false, and does nothing, in any other state. */
  retry(callback?: Callback<boolean>): Promise<boolean> {
    const { calls, store } = this.queue;
    return withCallback(
      calls.make(() => wasDone(store.retry(this.id ?? '', 0))),
      callback,
    );
  }

  /** Makes a delayed job due now; resolves with false, and does nothing, in any other state. */
  promote(callback?: Callback<boolean>): Promise<boolean> {
    const { calls, store } = this.queue;
    return withCallback(
      calls.make(() => wasDone(store.promote(this.id ?? ''))),
      callback,
    );
  }

  /** Tells whether the job is in `succeeded` or `failed`. */
  isInSet(set: 'succeeded' | 'failed', callback?: Callback<boolean>): Promise<boolean> {
    const { calls, client, keys } = this.queue;
    const find = async (): Promise<boolean> => (await client.sismember(keys[set], this.id ?? '')) === 1;
    return withCallback(calls.make(find), callback);
  }
}

/** A job as its handler gets it. */
export class RunningJob<Data = unknown> extends Job<Data> {
  declare id: string;
  readonly #active: ActiveJob;

  constructor(queue: JobQueue, active: ActiveJob) {
    // As in bee-queue, what its handler writes to the data of a job is stored.
    const record = active.handOver();
    super(queue, active.id, record.data, record.options);
    this.#active = active;
    fill(this, record);
  }

  /** 1 for the first run of the job. */
  get attempt(): number {
    return this.#active.attempt;
  }

  /** Aborts on timeout, removal, loss of the claim and at the end of the patience of `close`. */
  get signal(): AbortSignal {
    return this.#active.signal;
  }

  /** Stores and announces progress, any JSON value but null and undefined; nothing once the claim is gone. */
  override reportProgress(progress: unknown, callback?: Callback<void>): Promise<void> {
    const report = async (): Promise<void> => {
      requireProgress(progress);
      this.progress = progress;
      await this.#active.progress(progress);
    };
    return withCallback(report(), callback);
  }
}

/** Makes a job of what is stored; null when it cannot be read. */
export function jobFromStored<Data>(queue: JobQueue<Data>, id: string, raw: string): Job<Data> | null {
  const record = parseRecord(raw);
  // What is in the jobs of a queue is the word of its owner.
  return record && fill(new Job<Data>(queue, id, record.data as Data, record.options), record);
}

/** Throws on what bee-queue refuses as progress. */
export function requireProgress(progress: unknown): void {
  if (progress === null || progress === undefined) throw new Error('Progress cannot be empty');
}

/** bee-queue's constructor makes {} of data that is 0, '', false or null, and starts all else anew. */
function fill<One extends Job>(job: One, record: JobRecord): One {
  job.data = record.data;
  job.status = record.status;
  job.progress = record.progress;
  return job;
}

async function wasDone(repair: Promise<RepairResult>): Promise<boolean> {
  return (await repair).done;
}
