import type { Registry } from 'prom-client';
import type { WorkerInfo, WorkerStatus } from '../../inspector/inspector.ts';
import { sum, workersOf } from '../demand/live-workers.ts';
import { createGauge } from './gauge.ts';
import type { Seen } from './seen.ts';

const STATUSES: readonly WorkerStatus[] = ['running', 'quiet', 'stopping'];

/**
 * Registers what is told of the live workers of all processes; the function shows what was seen of them, or nothing.
 */
export function registerWorkerGauges(registry: Registry): (seen: Seen | null) => void {
  const live = createGauge(registry, 'live_workers', 'Live workers per status.', 'status');
  const slots = createGauge(registry, 'live_worker_slots', 'Slots of the live workers.', 'status');
  const busy = createGauge(registry, 'live_worker_busy_slots', 'Slots in which a job runs.', 'status');
  const queueWorkers = createGauge(registry, 'queue_workers', 'Live workers that take its jobs.', 'queue');
  const queueBusy = createGauge(registry, 'queue_busy_slots', 'Slots in which its jobs run.', 'queue');
  const queueStuck = createGauge(
    registry,
    'queue_stuck_handlers',
    'Handlers that ignore that they were told to stop.',
    'queue',
  );
  const showStatus = (status: WorkerStatus, workers: readonly WorkerInfo[]): void => {
    live.set({ status }, workers.length);
    slots.set({ status }, sum(workers.map(({ concurrency }) => concurrency)));
    busy.set({ status }, sum(workers.map(({ runningCount }) => runningCount)));
  };
  return (seen) => {
    for (const one of [live, slots, busy, queueWorkers, queueBusy, queueStuck]) one.reset();
    if (!seen) return;
    for (const one of STATUSES)
      showStatus(
        one,
        seen.workers.filter(({ status }) => status === one),
      );
    for (const { name: queue } of seen.queues) {
      const { taking, busy: busySlots, stuck } = workersOf(queue, seen.workers);
      queueWorkers.set({ queue }, taking);
      queueBusy.set({ queue }, busySlots);
      queueStuck.set({ queue }, stuck);
    }
  };
}
