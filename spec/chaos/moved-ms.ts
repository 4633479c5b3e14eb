const MOST_MS = 120_000;

/** By how much a clock is moved, for a number from 0 up to 1: as far back as ahead. */
export function movedMs(pick: number): number {
  return Math.round((2 * pick - 1) * MOST_MS);
}
