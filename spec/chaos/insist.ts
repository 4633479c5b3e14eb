import { systemClock } from '../../lib/clock.ts';
import { ApiaryError, type ErrorCode } from '../../lib/errors.ts';

const PAUSE_MS = 250;
const AGAIN: readonly ErrorCode[] = ['REDIS_UNAVAILABLE', 'REDIS_REFUSED', 'REDIS_FULL', 'NOT_DURABLE'];

/** Asks until there is an answer, as the documents tell callers to; whatever else than Redis is wrong is thrown. */
export async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiaryError && AGAIN.includes(error.code))) throw error;
      await lasts(PAUSE_MS);
    }
  }
}

/** Lets a fault go on for a while: how long it lasts is the very thing that is tried. */
export function lasts(ms: number): Promise<void> {
  return systemClock.sleep(ms, new AbortController().signal);
}
