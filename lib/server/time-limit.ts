import type { Clock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';

/** A bound on how long some work may take. */
export interface TimeLimit {
  clock: Clock;
  limitMs: number;
  /** What is waited for, as the error names it. */
  what: string;
}

/**
 * Waits for work, at most `limitMs`: whoever asks over HTTP gets an answer also while Redis gives none. The work itself
 * is not stopped. Throws REDIS_UNAVAILABLE when the time is up.
 */
export async function withinLimit<T>(
  { clock, limitMs, what }: TimeLimit,
  work: () => T | Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const late = clock.sleep(limitMs, ending.signal).then((): never => {
    throw new ApiaryError('REDIS_UNAVAILABLE', `${what} took longer than ${limitMs} ms`);
  });
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } finally {
    ending.abort();
  }
}
