import { setMaxListeners } from 'node:events';

/** The time, waiting and chance that everything else asks for; specs hand in their own. */
export interface Clock {
  /** Milliseconds since the epoch, of this process. Times stored in Redis come from Redis instead. */
  now(): number;
  /** Milliseconds that only grow, for measuring durations; the zero point means nothing. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects and never keeps the process alive. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A number from 0 up to but not including 1. */
  random(): number;
}

/** The longest delay a Node timer takes; a longer one would fire after 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The latest time that a Date can hold, epoch ms. */
export const LATEST_TIME_MS = 8.64e15;

/** Writes a time (epoch ms) as ISO 8601; what no Date can hold is written as the number that it is. */
export function isoTime(ms: number): string {
  return Math.abs(ms) <= LATEST_TIME_MS ? new Date(ms).toISOString() : String(ms);
}

/** Never aborts: for who sleeps as long as it takes, of whom there may be any number. */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, ms), MAX_TIMER_MS));
      timer.unref();
      signal.addEventListener('abort', done, { once: true });
    }),
};
