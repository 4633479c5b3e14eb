import type { Registry } from 'prom-client';
import type { WorkerInfo, WorkerStatus } from '../../inspector/inspector.ts';
import { type QueueWorkers, sum, workersOf } from '../demand/live-workers.ts';
import { createGauge } from './gauge.ts';
import type { Seen } from './seen.ts';

const STATUSES: readonly WorkerStatus[] = ['running', 'paused', 'quiet', 'stopping'];

/** What is told of the workers of each status. */
const OF_STATUS: readonly { name: string; help: string; of: (workers: readonly WorkerInfo[]) => number }[] = [
  { name: 'live_workers', help: 'Live workers per status.', of: ({ length }) => length },
  {
    name: 'live_worker_slots',
    help: 'Slots of the live workers.',
    of: (workers) => sum(workers.map(({ concurrency }) => concurrency)),
  },
  {
    name: 'live_worker_busy_slots',
    help: 'Slots in which a job runs.',
    of: (workers) => sum(workers.map(({ runningCount }) => runningCount)),
  },
];

/** What is told of the workers of each queue. */
const OF_QUEUE: readonly { name: string; help: string; of: (workers: QueueWorkers) => number }[] = [
  { name: 'queue_workers', help: 'Live workers that take its jobs.', of: ({ taking }) => taking },
  { name: 'queue_busy_slots', help: 'Slots in which its jobs run.', of: ({ busy }) => busy },
  {
    name: 'queue_stuck_handlers',
    help: 'Handlers that ignore that they were told to stop.',
    of: ({ stuck }) => stuck,
  },
];

/**
 * Registers what is told of the live workers of all processes; the function shows what was seen of them, or nothing.
 */
export function registerWorkerGauges(registry: Registry): (seen: Seen | null) => void {
  const ofStatus = OF_STATUS.map(({ name, help, of }) => ({
    of,
    gauge: createGauge(registry, name, help, 'status'),
  }));
  const ofQueue = OF_QUEUE.map(({ name, help, of }) => ({
    of,
    gauge: createGauge(registry, name, help, 'queue'),
  }));
  return (seen) => {
    for (const { gauge } of [...ofStatus, ...ofQueue]) gauge.reset();
    if (!seen) return;
    for (const status of STATUSES) {
      const workers = seen.workers.filter((one) => one.status === status);
      for (const { gauge, of } of ofStatus) gauge.set({ status }, of(workers));
    }
    for (const { name: queue } of seen.queues) {
      const workers = workersOf(queue, seen.workers);
      for (const { gauge, of } of ofQueue) gauge.set({ queue }, of(workers));
    }
  };
}
