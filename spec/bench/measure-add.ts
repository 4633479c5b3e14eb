import { systemClock } from '../../lib/clock.ts';
import { type BenchQueue, email } from './engines/engine.ts';
import type { Measured } from './metrics.ts';
import { fill, type MeasureContext } from './work-through.ts';

const WARM_UP_JOBS = 3_000;

/** Adds jobs one at a time, `inFlight` of them without an answer yet. */
export async function measureAdd(
  { open }: MeasureContext,
  { jobs, inFlight }: { jobs: number; inFlight: number },
): Promise<Measured> {
  return rate(await open('all'), jobs, (queue, count) => addEach(queue, count, inFlight));
}

/** Adds jobs in batches of a thousand. */
export async function measureAddBatch(
  { open }: MeasureContext,
  { jobs }: { jobs: number },
): Promise<Measured> {
  return rate(await open('all'), jobs, fill);
}

/** Adds jobs one by one from `inFlight` loops at once. */
export async function addEach(queue: BenchQueue, jobs: number, inFlight: number): Promise<void> {
  let next = 0;
  const addOn = async (): Promise<void> => {
    while (next < jobs) await queue.add(email(next++));
  };
  await Promise.all(Array.from({ length: inFlight }, addOn));
}

async function rate(
  queue: BenchQueue,
  jobs: number,
  add: (queue: BenchQueue, jobs: number) => Promise<void>,
): Promise<Measured> {
  await add(queue, WARM_UP_JOBS);
  const startedAt = systemClock.elapsed();
  await add(queue, jobs);
  const durationMs = systemClock.elapsed() - startedAt;
  await queue.close();
  return { jobsPerSecond: (jobs / durationMs) * 1_000 };
}
