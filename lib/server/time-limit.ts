import type { Clock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';

/** A bound on how long some work may take. */
export interface TimeLimit {
  clock: Clock;
  limitMs: number;
  /** What is waited for, as the error names it. */
  what: string;
  /** Makes the error when the time is up; default: REDIS_UNAVAILABLE. */
  toError?: (message: string) => Error;
}

/**
 * Waits for work, at most `limitMs`: whoever asks over HTTP gets an answer also while Redis gives none. The work itself
 * is not stopped. Throws REDIS_UNAVAILABLE, or what `toError` makes, when the time is up.
 */
export async function withinLimit<T>(
  { clock, limitMs, what, toError = unavailable }: TimeLimit,
  work: () => T | Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const late = clock.sleep(limitMs, ending.signal).then((): never => {
    throw toError(`${what} took longer than ${limitMs} ms`);
  });
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } finally {
    ending.abort();
  }
}

function unavailable(message: string): ApiaryError {
  return new ApiaryError('REDIS_UNAVAILABLE', message);
}
