import { namesOf } from './names-of.ts';
import type { Metrics } from './server/metrics/metrics.ts';
import type { WorkerEvents } from './worker/events.ts';
import type { Worker } from './worker/worker.ts';

/** What the metrics count of each event of a worker; null for one of which they count nothing. */
type Counted = {
  readonly [Name in keyof WorkerEvents]: ((...facts: WorkerEvents[Name]) => void) | null;
};

/** Lets the metrics count what a worker tells, and show how it is. */
export function countEvents(worker: Worker, metrics: Metrics): void {
  metrics.watchWorker(worker);
  const counted: Counted = {
    'job:started': metrics.jobStarted,
    'job:overdue': null,
    'job:succeeded': metrics.jobSucceeded,
    'job:retried': metrics.jobRetried,
    'job:failed': metrics.jobFailed,
    'job:snoozed': metrics.jobSnoozed,
    'job:interrupted': metrics.jobInterrupted,
    'job:fenced': metrics.jobFenced,
    'jobs:recovered': ({ queue, ids, reason }) => {
      if (reason === 'lost') metrics.jobsLost(queue, ids.length);
    },
    'loop:blocked': null,
    'redis:away': null,
    'redis:back': null,
    'duty:failed': ({ duty }) => metrics.dutyFailed(duty),
  };
  for (const name of namesOf(counted)) listen(worker, name, counted[name]);
}

function listen<Name extends keyof WorkerEvents>(worker: Worker, name: Name, count: Counted[Name]): void {
  // A listener of one event takes its facts; the emitter says so by a conditional type, which is not resolved here.
  if (count) worker.events.on(name, count as never);
}
