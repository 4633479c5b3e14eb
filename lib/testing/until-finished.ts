import { systemClock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';
import type { Inspector, JobInfo } from '../inspector/inspector.ts';

/** How long a test waits for a job. */
export interface FinishOptions {
  /** Default 5,000. */
  timeoutMs?: number;
}

const LOOK_MS = 5;
const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Waits until a job has ended, well or not, and resolves with it. After `timeoutMs` it rejects with WAIT_TIMED_OUT, or
 * with JOB_NOT_FOUND where there is no such job, and says which state it was in and why it did not run.
 */
export async function untilFinished(
  inspector: Inspector,
  queue: string,
  id: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: FinishOptions = {},
): Promise<JobInfo> {
  if (typeof inspector?.job !== 'function')
    throw new ApiaryError('JOB_INVALID', 'untilFinished takes what createInspector returns');
  const never = new AbortController().signal;
  const limit = systemClock.elapsed() + timeoutMs;
  for (;;) {
    const job = await inspector.job(queue, id);
    if (job?.outcome) return job;
    if (systemClock.elapsed() > limit) {
      const state = job ? `it is ${job.state}` : 'it does not exist';
      const why = (await inspector.why(queue, id)).map(({ text }) => text).join('; ');
      const message = `job ${id} of queue ${queue} did not end within ${timeoutMs} ms: ${state}: ${why}`;
      throw new ApiaryError(job ? 'WAIT_TIMED_OUT' : 'JOB_NOT_FOUND', message);
    }
    await systemClock.sleep(LOOK_MS, never);
  }
}
