import { Counter, type Registry } from 'prom-client';
import { namesOf } from '../../names-of.ts';
import { COUNTED, type JobTally } from './job-tally.ts';
import type { Seen } from './seen.ts';

/**
 * Registers a counter for each event. A pair of queue and type that is known has all of them, at zero too: of a series
 * that begins at one Prometheus does not see the increase.
 */
export function registerJobCounters(registry: Registry, tally: JobTally): void {
  for (const event of namesOf(COUNTED)) {
    new Counter({
      name: `apiary_jobs_${event}_total`,
      help: COUNTED[event],
      labelNames: ['queue', 'type'],
      registers: [registry],
      collect() {
        this.reset();
        for (const row of tally.rows) this.inc({ ...row.labels }, row[event]);
      },
    });
  }
}

/**
 * Registers the counter of lost jobs: `count` counts them, `show` lets every queue that was seen have one, as above.
 */
export function registerLostJobs(registry: Registry): {
  count(queue: string, jobs: number): void;
  show(seen: Seen | null): void;
} {
  const lost = new Counter({
    name: 'apiary_jobs_lost_total',
    help: 'Jobs given back to waiting because their worker died.',
    labelNames: ['queue'],
    registers: [registry],
  });
  // Of the queues that this process serves, so they are as few as those.
  const counted = new Map<string, number>();
  return {
    count: (queue, jobs) => counted.set(queue, (counted.get(queue) ?? 0) + jobs),
    show: (seen) => {
      lost.reset();
      for (const { name: queue } of seen?.queues ?? []) lost.inc({ queue }, 0);
      for (const [queue, jobs] of counted) lost.inc({ queue }, jobs);
    },
  };
}
