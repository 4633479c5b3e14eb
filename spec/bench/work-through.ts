import { systemClock } from '../../lib/clock.ts';
import type { BenchQueue, EngineName, Retention, Spread } from './engines/engine.ts';
import { email } from './engines/engine.ts';
import type { RedisProbe } from './redis-probe.ts';

/** What a measurement works with. */
export interface MeasureContext {
  /** Opens a queue of the engine that is measured; default a new one. */
  open(retention: Retention, name?: string, spread?: Spread): Promise<BenchQueue>;
  redis: RedisProbe;
  /** The engine that is measured. */
  engine: EngineName;
  /** The folder of the build of ours that is measured, as a file URL. */
  build: string;
  /** Where the engine finds Redis. */
  port: number;
  /** What it took to load the engine. */
  loaded: { inMs: number; mib: number };
}

/** What it took to work through a backlog. */
export interface Passage {
  /** From the start of the first job to the end of the last, in ms. */
  durationMs: number;
  /** CPU time of this process in between, in microseconds. */
  nodeMicros: number;
}

const BATCH = 1_000;
/** Enough for the compiler of Node to be done: what it costs is not what a job costs. */
const WARM_UP_JOBS = 30_000;

/** Adds jobs in batches. */
export async function fill(queue: BenchQueue, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += BATCH) {
    const size = Math.min(BATCH, jobs - from);
    await queue.addBatch(Array.from({ length: size }, (_, at) => email(from + at)));
  }
}

/** Starts a worker on jobs that wait already; resolves when `jobs` of them have succeeded. */
export function workThrough(queue: BenchQueue, jobs: number, concurrency: number): Promise<Passage> {
  return new Promise((resolve, reject) => {
    let startedAt: number | null = null;
    let cpuAtStart = process.cpuUsage();
    let succeeded = 0;
    const onStarted = (): void => {
      if (startedAt !== null) return;
      cpuAtStart = process.cpuUsage();
      startedAt = systemClock.elapsed();
    };
    const onSucceeded = (): void => {
      if (++succeeded !== jobs) return;
      const durationMs = systemClock.elapsed() - (startedAt ?? 0);
      const { user, system } = process.cpuUsage(cpuAtStart);
      resolve({ durationMs, nodeMicros: user + system });
    };
    queue.work({ concurrency, onStarted, onSucceeded }).catch(reject);
  });
}

/** Runs some jobs through a queue of its own, so that code and scripts are warm and nobody's garbage is left. */
export async function warmUp(
  { open }: Pick<MeasureContext, 'open'>,
  retention: Retention,
  concurrency: number,
): Promise<void> {
  const queue = await open(retention);
  await fill(queue, WARM_UP_JOBS);
  await workThrough(queue, WARM_UP_JOBS, concurrency);
  await queue.close();
  globalThis.gc?.();
}
