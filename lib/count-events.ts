import type { Metrics } from './server/metrics/metrics.ts';
import type { Worker } from './worker/worker.ts';

/** Lets the metrics count what a worker tells, and show how it is. */
export function countEvents(worker: Worker, metrics: Metrics): void {
  const { events } = worker;
  metrics.watchWorker(worker);
  events.on('job:started', metrics.jobStarted);
  events.on('job:succeeded', metrics.jobSucceeded);
  events.on('job:retried', metrics.jobRetried);
  events.on('job:failed', metrics.jobFailed);
  events.on('job:snoozed', metrics.jobSnoozed);
  events.on('job:interrupted', metrics.jobInterrupted);
  events.on('job:fenced', metrics.jobFenced);
  events.on('jobs:recovered', ({ queue, ids, reason }) => {
    if (reason === 'lost') metrics.jobsLost(queue, ids.length);
  });
  events.on('duty:failed', ({ duty }) => metrics.dutyFailed(duty));
}
