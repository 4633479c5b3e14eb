import type { Clock } from '../clock.ts';

/** How a worker process lived. */
export interface Life {
  /** For how long it was ready; null when it never was: its start has failed then. */
  readyMs: number | null;
}

/** One that was ready for so long has not died of its beginning. */
const STEADY_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** So many starts in a row that failed, with nobody ready meanwhile, are not by chance. */
const MOST_FAILED_STARTS = 5;

/** How long a start may take before it has failed. */
export const START_LIMIT_MS = 60_000;

/** How many deaths there were in a row, this one counted; of one that lived long it is the first. */
export function deathsInRow(before: number, { readyMs }: Life): number {
  return readyMs !== null && readyMs >= STEADY_MS ? 1 : before + 1;
}

/**
 * How long to wait before the next start after so many deaths in a row: not at all after the first, then from a second
 * on twice as long each time, half a minute at most. Up to a half of it is by chance, so that those that died together
 * do not come back together.
 */
export function waitBeforeStart(inRow: number, random: Clock['random']): number {
  if (inRow <= 1) return 0;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (inRow - 2));
  return Math.round(longest * (0.5 + 0.5 * random()));
}

/** What is known when a start has failed. */
export interface FailedStarts {
  /** How many failed since one of the swarm was last ready, this one counted. */
  inRow: number;
  /** Whether one of the swarm was ever ready. */
  hasBegun: boolean;
  /** How many are ready now. */
  ready: number;
}

/**
 * Whether to give up rather than to try again: the very first start failed, or none runs any more and none can be
 * started.
 */
export function isHopeless({ inRow, hasBegun, ready }: FailedStarts): boolean {
  if (!hasBegun) return true;
  return ready === 0 && inRow >= MOST_FAILED_STARTS;
}
