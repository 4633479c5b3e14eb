import { systemClock } from '../../lib/clock.ts';
import type { Measured } from './metrics.ts';
import { type MeasureContext, warmUp } from './work-through.ts';

const REST_MS = 2_000;
const LOOK_MS = 10_000;
const NEVER = new AbortController().signal;

/** What a worker costs that has nothing to do: one queue, ten seconds. */
export async function measureIdle(context: MeasureContext): Promise<Measured> {
  const { open, redis } = context;
  await warmUp(context, 'newest', 10);
  const queue = await open('newest');
  await queue.work({ concurrency: 10, onStarted: () => {}, onSucceeded: () => {} });
  await systemClock.sleep(REST_MS, NEVER);
  const [commands, cpu] = [await redis.commandCount(), process.cpuUsage()];
  await systemClock.sleep(LOOK_MS, NEVER);
  const { user, system } = process.cpuUsage(cpu);
  // Asking is a command too.
  const asked = (await redis.commandCount()) - commands - 1;
  await queue.close();
  return { commandsPerSecond: asked / (LOOK_MS / 1_000), idleCpuMs: (user + system) / LOOK_MS };
}

/** What it takes to load an engine into a fresh process, and until a worker of it runs. */
export async function measureStart(context: MeasureContext): Promise<Measured> {
  const { loaded } = context;
  const startedAt = systemClock.elapsed();
  const queue = await context.open('newest');
  await queue.work({ concurrency: 10, onStarted: () => {}, onSucceeded: () => {} });
  const readyMs = systemClock.elapsed() - startedAt;
  await queue.close();
  return { loadMs: loaded.inMs, loadMib: loaded.mib, readyMs };
}
