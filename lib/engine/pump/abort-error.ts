import { ApiaryError, type ErrorCode } from '../../errors.ts';

/** Why a running job is told to stop. */
export type AbortReason = 'timeout' | 'deadline' | 'cancelled' | 'shutdown' | 'lost';

const ABORTS: Record<AbortReason, { code: ErrorCode; text: string }> = {
  timeout: { code: 'JOB_TIMED_OUT', text: 'the attempt ran longer than its timeout' },
  deadline: { code: 'JOB_EXPIRED', text: 'the deadline of the job has come' },
  cancelled: { code: 'JOB_CANCELLED', text: 'the job was cancelled' },
  shutdown: { code: 'QUEUE_CLOSED', text: 'the worker is shutting down' },
  lost: { code: 'JOB_LOST', text: 'the claim on the job was lost: its lease lapsed or it was removed' },
};

/** Makes the reason of the signal of a job; `why` is what was said by who cancelled it, and is its cause. */
export function abortError(id: string, reason: AbortReason, why: string | null): ApiaryError {
  const { code, text } = ABORTS[reason];
  const message = `job ${id}: ${text}${why === null ? '' : `: ${why}`}`;
  const error = new ApiaryError(code, message, why === null ? {} : { cause: why });
  // Whoever is handed the signal, as fetch is, knows the error of an abort by this name.
  return Object.defineProperty(error, 'name', { value: 'AbortError' });
}
