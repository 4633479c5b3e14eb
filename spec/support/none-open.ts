import { until } from './wait.ts';

/** One look misses a job that goes back, or on to another queue, while it is made; no job does so at each of these. */
const LOOKS = 3;

/** Resolves when a count of what waits, runs or is to come has been 0 several times in a row. */
export async function untilNoneOpen(count: () => Promise<number>, limitMs?: number): Promise<void> {
  let looks = 0;
  const isSo = async (): Promise<boolean> => {
    looks = (await count()) === 0 ? looks + 1 : 0;
    return looks >= LOOKS;
  };
  await until(isSo, 'all jobs have ended', limitMs);
}
