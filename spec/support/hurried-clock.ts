import { type Clock, systemClock } from '../../lib/clock.ts';

/** A clock whose sleepers can be woken: whatever is to happen within a minute happens then. */
export interface HurriedClock extends Clock {
  /** Wakes all who sleep for a minute or so at most; who waits for longer, as a time limit does, sleeps on. */
  hurry(): void;
}

const LONGEST_MS = 70_000;

/** Makes one that otherwise is the clock of the machine. */
export function hurriedClock(): HurriedClock {
  const sleepers = new Set<AbortController>();
  return {
    ...systemClock,
    sleep: async (ms, signal) => {
      const sleeper = new AbortController();
      const wake = (): void => sleeper.abort();
      if (signal.aborted) wake();
      signal.addEventListener('abort', wake, { once: true });
      if (ms <= LONGEST_MS) sleepers.add(sleeper);
      await systemClock.sleep(ms, sleeper.signal);
      sleepers.delete(sleeper);
      signal.removeEventListener('abort', wake);
    },
    hurry: () => {
      for (const sleeper of sleepers) sleeper.abort();
    },
  };
}
