import { BeeJob, type BeeJobShape, type Callback, withCallback } from './bee.ts';
import type { Queue } from './queue.ts';
import { type JobRecord, parseRecord } from './record.ts';

/** bee-queue's job, saved and repaired through our scripts. The builder methods are bee-queue's own. */
export class Job<Data = unknown> extends BeeJob {
  declare data: Data;
  declare readonly queue: Queue & BeeJobShape['queue'];
  /** After `save`: true when the job was stored, false when its id was there already; null before. */
  created: boolean | null = null;

  /** Stores the job; resolves with it. An id that exists is left alone: `created` is false then. */
  save(callback?: Callback<this>): Promise<this> {
    return withCallback(
      this.queue.saveJobs([this]).then(() => this),
      callback,
    );
  }

  /** Stores and announces progress, any JSON value but null. */
  reportProgress(progress: unknown, callback?: Callback<void>): Promise<void> {
    return withCallback(this.queue.reportProgress(this, progress), callback);
  }

  /** Removes the job wherever it is. */
  remove(callback?: Callback<this>): Promise<this> {
    return withCallback(
      this.queue.removeJob(this.id ?? '').then(() => this),
      callback,
    );
  }

  /** Offers the job again, once; resolves with false when it is not failed. */
  retry(callback?: Callback<boolean>): Promise<boolean> {
    return withCallback(this.queue.retryJob(this.id ?? ''), callback);
  }

  /** Tells whether the job is in `succeeded` or `failed`. */
  isInSet(set: 'succeeded' | 'failed', callback?: Callback<boolean>): Promise<boolean> {
    return withCallback(this.queue.isInSet(set, this.id ?? ''), callback);
  }
}

/** The record to store for a job. */
export function recordOf(job: Job): JobRecord {
  const { data, options, progress } = job;
  return { data, options, status: 'created', progress };
}

/** Makes a job of what is stored; null when it cannot be read. */
export function jobFromStored(queue: Queue, id: string, raw: string): Job | null {
  const record = parseRecord(raw);
  if (!record) return null;
  const job = new Job(queue, id, record.data, record.options);
  job.data = record.data;
  job.status = record.status;
  job.progress = record.progress;
  return job;
}
