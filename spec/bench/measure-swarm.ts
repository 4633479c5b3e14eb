import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import type { Measured } from './metrics.ts';
import type { SwarmMeasurement } from './rows.ts';
import { fill, type MeasureContext } from './work-through.ts';

type Library = typeof import('../../lib/index.ts');

const QUEUE = 'compute';
const HANDLERS = fileURLToPath(new URL('./compute-handlers/', import.meta.url));
// Each look takes a millisecond or two of a core that the workers want.
const POLL_MS = 100;
const CALIBRATION = 20_000;

/** Jobs that compute, by the worker processes of a built service; from the first that is added to the last end. */
export async function measureSwarm(
  { open, build, port }: MeasureContext,
  { jobs, processes, computeMs }: SwarmMeasurement,
): Promise<Measured> {
  const library = (await import(`${build}/index.js`)) as Library;
  const inspector = library.createInspector({ redis: `redis://127.0.0.1:${port}` });
  const service = await startService({ build, port, processes, hashes: hashesIn(computeMs) });
  const queue = await open('newest', QUEUE);
  const startedAt = systemClock.elapsed();
  await fill(queue, jobs);
  while ((await inspector.queue(QUEUE)).counts.succeeded < jobs) await sleep(POLL_MS);
  const durationMs = systemClock.elapsed() - startedAt;
  await service.stop();
  await Promise.all([queue.close(), inspector.close()]);
  return { jobsPerSecond: (jobs / durationMs) * 1_000 };
}

/** How many hashes take so long of the CPU of this machine. */
function hashesIn(computeMs: number): number {
  const before = process.cpuUsage();
  for (let at = 0; at < CALIBRATION; at++) createHash('sha256').update(String(at)).digest();
  const { user, system } = process.cpuUsage(before);
  return Math.round((CALIBRATION * computeMs * 1_000) / (user + system));
}

interface ServiceOptions {
  build: string;
  port: number;
  processes: number;
  hashes: number;
}

/** Resolves when all its processes take jobs. */
async function startService({ build, port, processes, hashes }: ServiceOptions) {
  const child = spawn(process.execPath, [fileURLToPath(`${build}/cli.js`), 'start', '--worker'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      REDIS_URL: `redis://127.0.0.1:${port}`,
      WORKER_HANDLERS: HANDLERS,
      WORKER_QUEUES: `${QUEUE}=1`,
      WORKER_CONCURRENCY: '4',
      WORKER_PROCESSES: String(processes),
      BENCH_BUILD: build,
      BENCH_HASHES: String(hashes),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  let taking = 0;
  for await (const line of createInterface(child.stdout)) {
    if (line.includes('worker takes jobs')) taking++;
    if (taking < processes) continue;
    child.stdout.resume();
    return { stop };
  }
  throw new Error('the service ended before it took jobs');
}
