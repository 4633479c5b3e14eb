import type { Retention, Spread } from './engines/engine.ts';
import type { Measured } from './metrics.ts';
import { fill, type MeasureContext, warmUp, workThrough } from './work-through.ts';

/** Works through a backlog that was there before the worker. */
export async function measureProcess(
  context: MeasureContext,
  {
    jobs,
    concurrency,
    retention,
    spread,
  }: { jobs: number; concurrency: number; retention: Retention; spread?: Spread },
): Promise<Measured> {
  const { open, redis } = context;
  await warmUp(context, retention, concurrency);
  const queue = await open(retention, undefined, spread);
  await fill(queue, jobs);
  globalThis.gc?.();
  const redisBefore = await redis.cpuMicros();
  const { durationMs, nodeMicros } = await workThrough(queue, jobs, concurrency);
  const redisMicros = (await redis.cpuMicros()) - redisBefore;
  await queue.close();
  return {
    jobsPerSecond: (jobs / durationMs) * 1_000,
    redisMicrosPerJob: redisMicros / jobs,
    nodeMicrosPerJob: nodeMicros / jobs,
  };
}

/** What each succeeded job takes in Redis when all are kept. */
export async function measureMemory(context: MeasureContext, { jobs }: { jobs: number }): Promise<Measured> {
  const { open, redis } = context;
  await warmUp(context, 'all', 100);
  const bytesBefore = await redis.usedBytes();
  const queue = await open('all');
  await fill(queue, jobs);
  await workThrough(queue, jobs, 100);
  await queue.close();
  return { bytesPerJob: ((await redis.usedBytes()) - bytesBefore) / jobs };
}
