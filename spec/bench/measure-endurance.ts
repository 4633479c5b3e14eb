import { systemClock } from '../../lib/clock.ts';
import type { Measured } from './metrics.ts';
import { median } from './statistics.ts';
import { fill, type MeasureContext, warmUp, workThrough } from './work-through.ts';

const SLICE = 1_000;
const SLICES = 20;
const MOST_WAITING = 5_000;
const POLL_MS = 1;
/** How often resident memory is looked at. */
const SAMPLES = 50;
const NEVER = new AbortController().signal;

/** Whether a thousand jobs cost the same however many wait behind them. */
export async function measureDepth(context: MeasureContext, { depth }: { depth: number }): Promise<Measured> {
  const name = 'deep';
  await warmUp(context, 'newest', 100);
  const filler = await context.open('newest', name);
  await fill(filler, depth);
  const slices: number[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const queue = await context.open('newest', name);
    const { durationMs } = await workThrough(queue, SLICE, 100);
    await queue.close();
    slices.push((durationMs / SLICE) * 1_000);
    await fill(filler, SLICE);
  }
  await filler.close();
  return { microsPerJob: median(slices) };
}

/** Whether a worker grows, or leaves anything behind, over very many jobs that come as they are worked. */
export async function measureSoak(
  { open, redis }: MeasureContext,
  { jobs }: { jobs: number },
): Promise<Measured> {
  const queue = await open('newest');
  let succeeded = 0;
  const rssMib: number[] = [];
  const onSucceeded = (): void => {
    if (++succeeded % (jobs / SAMPLES) === 0) rssMib.push(residentMib());
  };
  await queue.work({ concurrency: 100, onStarted: () => {}, onSucceeded });
  const startedAt = systemClock.elapsed();
  for (let added = 0; added < jobs; added += SLICE) {
    while (added - succeeded > MOST_WAITING) await systemClock.sleep(POLL_MS, NEVER);
    await fill(queue, SLICE);
  }
  while (succeeded < jobs) await systemClock.sleep(POLL_MS, NEVER);
  const durationMs = systemClock.elapsed() - startedAt;
  // Single samples differ by a tenth: how much the heap has just grown or shrunk is chance.
  const warmRssMib = median(rssMib.slice(SAMPLES / 10, (3 * SAMPLES) / 10));
  const endRssMib = median(rssMib.slice((-2 * SAMPLES) / 10));
  await queue.close();
  const keysLeft = await redis.keyCount();
  return { jobsPerSecond: (jobs / durationMs) * 1_000, warmRssMib, endRssMib, keysLeft };
}

function residentMib(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
