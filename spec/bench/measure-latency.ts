import { systemClock } from '../../lib/clock.ts';
import { email } from './engines/engine.ts';
import { addEach } from './measure-add.ts';
import type { Measured } from './metrics.ts';
import { type MeasureContext, warmUp } from './work-through.ts';

const IDLE_MS = 10;
/** Not counted: a worker that has only just started runs code that is not compiled yet. */
const FIRST_SAMPLES = 300;
const NEVER = new AbortController().signal;

/** How long an idle worker needs from the call that adds a job to the start of its handler; one job at a time. */
export async function measurePickUp(context: MeasureContext, { jobs }: { jobs: number }): Promise<Measured> {
  await warmUp(context, 'newest', 10);
  const queue = await context.open('newest');
  let startedAt = 0;
  let succeed = (): void => {};
  const onStarted = (): void => {
    startedAt = systemClock.elapsed();
  };
  await queue.work({ concurrency: 10, onStarted, onSucceeded: () => succeed() });
  const waits: number[] = [];
  for (let sample = 0; sample < FIRST_SAMPLES + jobs; sample++) {
    const succeeded = new Promise<void>((resolve) => {
      succeed = resolve;
    });
    await systemClock.sleep(IDLE_MS, NEVER);
    const sentAt = systemClock.elapsed();
    await Promise.all([queue.add(email(sample)), succeeded]);
    if (sample >= FIRST_SAMPLES) waits.push(startedAt - sentAt);
  }
  await queue.close();
  waits.sort((a, b) => a - b);
  return { p50Ms: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) };
}

/** Adds jobs and works them at the same time in one process: from the first call to the end of the last job. */
export async function measureEndToEnd(
  context: MeasureContext,
  { jobs, concurrency }: { jobs: number; concurrency: number },
): Promise<Measured> {
  await warmUp(context, 'newest', concurrency);
  const queue = await context.open('newest');
  let succeeded = 0;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const onSucceeded = (): void => {
    if (++succeeded === jobs) finish();
  };
  await queue.work({ concurrency, onStarted: () => {}, onSucceeded });
  const startedAt = systemClock.elapsed();
  await Promise.all([addEach(queue, jobs, concurrency), finished]);
  const durationMs = systemClock.elapsed() - startedAt;
  await queue.close();
  return { jobsPerSecond: (jobs / durationMs) * 1_000 };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
