import { ApiaryError, type ErrorCode } from '../../errors.ts';
import { CLOSED_TEXT, type Inspector, type JobInfo } from '../../inspector/inspector.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { FinishedJob } from '../../jobs/wait.ts';
import type { HeldRequests } from '../held-requests.ts';

/** What waiting for a job works with. */
export interface JobAtEndDeps {
  inspector: Inspector;
  producer: Producer;
  waits: HeldRequests;
}

/** Which job is waited for, how long, and who ends it before. */
export interface JobWait {
  queue: string;
  id: string;
  waitMs: number;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
}

/**
 * Reads a job once it has ended, or as it is when the time is over; null when there is none. One that is not kept after
 * its end is told of as it was before, with how it ended. Throws TOO_MANY_HELD.
 */
export async function jobAtEnd(deps: JobAtEndDeps, wait: JobWait): Promise<JobInfo | null> {
  const { queue, id, waitMs, gone } = wait;
  const { inspector, producer, waits } = deps;
  const job = await inspector.job(queue, id);
  if (job === null || waitMs === 0 || job.outcome !== null) return job;
  const end = await waits.hold(gone, (signal) =>
    producer.waitFor({ queue, id }, { timeoutMs: waitMs, signal }).catch((error: unknown) => {
      if (signal.aborted || isNoEnd(error)) return null;
      throw error;
    }),
  );
  if (gone.aborted) return job;
  return (await inspector.job(queue, id)) ?? (end && withEnd(job, toBeShown(job, end)));
}

const NO_END: readonly ErrorCode[] = ['WAIT_TIMED_OUT', 'JOB_NOT_FOUND'];

function isNoEnd(error: unknown): boolean {
  return error instanceof ApiaryError && NO_END.includes(error.code);
}

/** Whoever is not shown what is in the job is not shown what came of it either. */
function toBeShown({ encrypted }: JobInfo, end: FinishedJob): FinishedJob {
  if (encrypted === 'no' || encrypted === 'opened') return end;
  if (end.outcome === 'succeeded') return { ...end, result: CLOSED_TEXT };
  return { ...end, error: { ...end.error, message: CLOSED_TEXT } };
}

function withEnd(job: JobInfo, end: FinishedJob): JobInfo {
  if (end.outcome === 'succeeded')
    return { ...job, state: 'succeeded', outcome: 'succeeded', result: end.result };
  const { name, message, code } = end.error;
  const unknown = { at: null, attempt: null, worker: null, durationMs: null, stack: null };
  const error = { name, message, ...(code !== undefined && { code }), ...unknown };
  return { ...job, state: 'failed', outcome: end.outcome, errors: [error, ...job.errors] };
}
