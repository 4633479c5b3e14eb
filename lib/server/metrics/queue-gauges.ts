import type { Registry } from 'prom-client';
import { JOB_STATES } from '../../inspector/inspector.ts';
import type { QueueLoad } from '../demand/queue-load.ts';
import { createGauge, show } from './gauge.ts';
import type { Seen } from './seen.ts';

/** What is told of each queue beside its jobs per state; nothing where it is null. */
const OF_QUEUE: readonly { name: string; help: string; of: (queue: QueueLoad) => number | null }[] = [
  { name: 'grouped_jobs', help: 'Jobs that wait in groups, in no state.', of: ({ grouped }) => grouped },
  {
    name: 'latency_seconds',
    help: 'Age of the job that is next to run.',
    of: ({ latencyMs }) => latencyMs / 1_000,
  },
  {
    name: 'overdue_seconds',
    help: 'How late the earliest delayed job, group or schedule is.',
    of: ({ overdueMs }) => overdueMs / 1_000,
  },
  {
    name: 'paused',
    help: 'Whether workers are kept from taking jobs.',
    of: ({ paused }) => (paused === null ? 0 : 1),
  },
  {
    name: 'added_per_second',
    help: 'Jobs that come, over the last minutes.',
    of: ({ rates: { inPerMin } }) => inPerMin && inPerMin / 60,
  },
  {
    name: 'ended_per_second',
    help: 'Jobs that end for good, over the last minutes.',
    of: ({ rates: { outPerMin } }) => outPerMin && outPerMin / 60,
  },
];

/** Registers what is told of the queues; the function shows what was seen of them, or nothing. */
export function registerQueueGauges(registry: Registry): (seen: Seen | null) => void {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    createGauge(registry, `queue_${name}`, help, 'queue', ...labels);
  const jobs = gauge('jobs', 'Jobs per state.', 'state');
  const ofQueue = OF_QUEUE.map(({ name, help, of }) => ({ of, shown: gauge(name, help) }));
  const broken = 'Whether it cannot be read, as a key of it is not what it should be.';
  const unreadable = gauge('unreadable', broken);
  const count = createGauge(registry, 'queues', 'Queues that there are.');
  const untold = 'Queues of which nothing is told, as they are too many.';
  const leftOut = createGauge(registry, 'queues_left_out', untold);
  const showQueue = (load: QueueLoad): void => {
    const { name: queue, counts } = load;
    for (const state of JOB_STATES) jobs.set({ queue, state }, counts[state]);
    for (const { of, shown } of ofQueue) {
      const value = of(load);
      if (value !== null) shown.set({ queue }, value);
    }
    unreadable.set({ queue }, 0);
  };
  return (seen) => {
    for (const one of [jobs, ...ofQueue.map(({ shown }) => shown), unreadable]) one.reset();
    show(count, seen?.queueCount);
    show(leftOut, seen?.leftOut);
    for (const { name: queue } of seen?.unreadable ?? []) unreadable.set({ queue }, 1);
    for (const load of seen?.queues ?? []) showQueue(load);
  };
}
