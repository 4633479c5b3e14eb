import type { Job } from './job.ts';

/** Every event of a queue. The first eight tell of this process, the `job …` ones of every process on the queue. */
export interface QueueEvents<Data = unknown> {
  /** Redis has answered for the first time. */
  ready: [];
  /** A connection or a duty failed; what was under way is tried again. */
  error: [error: Error];
  /** An attempt here succeeded, and Redis has it. */
  succeeded: [job: Job<Data>, result: unknown];
  /** An attempt here failed and the job runs again; `failed` follows. */
  retrying: [job: Job<Data>, error: Error];
  /** An attempt here failed, its last or not. */
  failed: [job: Job<Data>, error: Error];
  /** A job failed here for good; comes after `failed`. */
  'failed:fatal': [job: Job<Data>, error: Error];
  /** This queue found a job that nobody works on any more; it is back in waiting. */
  stalled: [id: string];
  /** This queue moved that many due jobs to waiting. */
  'raised jobs': [count: number];
  'job succeeded': [id: string, result: unknown];
  'job retrying': [id: string, error: Error];
  'job failed': [id: string, error: Error];
  'job progress': [id: string, progress: unknown];
}
