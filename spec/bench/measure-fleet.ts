import type { ChildProcess } from 'node:child_process';
import { systemClock } from '../../lib/clock.ts';
import { endChild, startChild } from './child.ts';
import type { Retention } from './engines/engine.ts';
import type { FleetOrder } from './fleet-member.ts';
import type { Measured } from './metrics.ts';
import { fill, type MeasureContext } from './work-through.ts';

const START_LIMIT_MS = 60_000;

/** Works through a backlog by several processes at once, each warm, from their common start to the last end. */
export async function measureFleet(
  { open, redis, engine, build, port }: MeasureContext,
  { jobs, processes, retention }: { jobs: number; processes: number; retention: Retention },
): Promise<Measured> {
  const name = 'fleet';
  const queue = await open(retention, name);
  const order: FleetOrder = { engine, build, port, name, retention };
  const members = await Promise.all(
    Array.from({ length: processes }, () =>
      startChild('fleet-member.ts', [JSON.stringify(order)], START_LIMIT_MS),
    ),
  );
  await fill(queue, jobs);
  const redisBefore = await redis.cpuMicros();
  const startedAt = systemClock.elapsed();
  await allDone(
    members.map((member) => member.process),
    jobs,
  );
  const durationMs = systemClock.elapsed() - startedAt;
  const redisMicros = (await redis.cpuMicros()) - redisBefore;
  await Promise.all(members.map(endChild));
  await queue.close();
  return { jobsPerSecond: (jobs / durationMs) * 1_000, redisMicrosPerJob: redisMicros / jobs };
}

/** Tells all to begin; resolves when together they have done so many. */
function allDone(members: readonly ChildProcess[], jobs: number): Promise<void> {
  return new Promise((resolve) => {
    let done = 0;
    for (const member of members) {
      member.on('message', (more) => {
        done += Number(more);
        if (done >= jobs) resolve();
      });
      member.send('begin');
    }
  });
}
