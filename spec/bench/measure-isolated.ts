import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import type { Middleware } from '../../lib/index.ts';
import type { Measured } from './metrics.ts';
import type { IsolatedMeasurement } from './rows.ts';
import type { MeasureContext } from './work-through.ts';

type Library = typeof import('../../lib/index.ts');

const QUEUE = 'isolated';
const BATCH = 1_000;
/** Jobs beyond the pool wait in the worker, so that no thread or process waits for Redis. */
const CONCURRENCY = 32;
const WARM_UP_JOBS = 3_000;
const SAMPLES = 1_000;

/**
 * Jobs that do nothing, in threads or processes of their own: how many a second, from the first that begins to the last
 * end, of a backlog; and how long one takes that is alone, from the call of its handler to what that comes to.
 */
export async function measureIsolated(
  { build, port }: MeasureContext,
  { jobs, isolate, poolSize }: IsolatedMeasurement,
): Promise<Measured> {
  const library = (await import(`${build}/index.js`)) as Library;
  const redis = `redis://127.0.0.1:${port}`;
  const Job = library.defineJob({ type: 'no-op', queue: QUEUE, schema: z.object({ n: z.number() }) });
  const producer = library.createProducer({ redis });
  const took: number[] = [];
  const timed: Middleware = (next) => async (data, ctx) => {
    const begunAt = systemClock.elapsed();
    await next(data, ctx);
    took.push(systemClock.elapsed() - begunAt);
  };
  const file = new URL('./isolated-handlers/no-op.mjs', import.meta.url);
  const handlers = [library.handle(Job, file, { isolate, poolSize, middleware: [timed] })];
  const worker = library.createWorker({ redis, concurrency: CONCURRENCY, handlers });
  let ended = 0;
  let until = (): void => undefined;
  worker.events.on('job:succeeded', () => {
    ended++;
    until();
  });
  const untilEnded = (count: number): Promise<void> =>
    new Promise((resolve) => {
      until = () => {
        if (ended >= count) resolve();
      };
      until();
    });
  const add = async (count: number): Promise<void> => {
    for (let from = 0; from < count; from += BATCH)
      await producer.addMany(
        Job,
        Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => ({ n })),
      );
  };
  await worker.start();
  await add(WARM_UP_JOBS);
  await untilEnded(WARM_UP_JOBS);
  const inspector = library.createInspector({ redis });
  await inspector.pause(QUEUE, 'bench');
  await add(jobs);
  const startedAt = systemClock.elapsed();
  await inspector.resume(QUEUE);
  await untilEnded(WARM_UP_JOBS + jobs);
  const durationMs = systemClock.elapsed() - startedAt;
  took.length = 0;
  for (let n = 0; n < SAMPLES; n++) {
    await producer.add(Job, { n });
    await untilEnded(WARM_UP_JOBS + jobs + n + 1);
  }
  await Promise.all([worker.stop(), producer.close(), inspector.close()]);
  took.sort((one, other) => one - other);
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? Number.NaN;
  return { jobsPerSecond: (jobs / durationMs) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
}
