import type { Registry } from 'prom-client';
import { JOB_STATES } from '../../inspector/inspector.ts';
import type { QueueLoad } from '../demand/queue-load.ts';
import { createGauge, show } from './gauge.ts';
import type { Seen } from './seen.ts';

/** Registers what is told of the queues; the function shows what was seen of them, or nothing. */
export function registerQueueGauges(registry: Registry): (seen: Seen | null) => void {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    createGauge(registry, `queue_${name}`, help, 'queue', ...labels);
  const jobs = gauge('jobs', 'Jobs per state.', 'state');
  const grouped = gauge('grouped_jobs', 'Jobs that wait in groups, in no state.');
  const latency = gauge('latency_seconds', 'Age of the job that is next to run.');
  const overdue = gauge('overdue_seconds', 'How late the earliest delayed job, group or schedule is.');
  const paused = gauge('paused', 'Whether workers are kept from taking jobs.');
  const comes = gauge('added_per_second', 'Jobs that come, over the last minutes.');
  const ends = gauge('ended_per_second', 'Jobs that end for good, over the last minutes.');
  const unreadable = gauge(
    'unreadable',
    'Whether it cannot be read, as a key of it is not what it should be.',
  );
  const count = createGauge(registry, 'queues', 'Queues that there are.');
  const leftOut = createGauge(
    registry,
    'queues_left_out',
    'Queues of which nothing is told, as they are too many.',
  );
  const showRates = ({ name: queue, rates: { inPerMin, outPerMin } }: QueueLoad): void => {
    if (inPerMin !== null) comes.set({ queue }, inPerMin / 60);
    if (outPerMin !== null) ends.set({ queue }, outPerMin / 60);
  };
  return (seen) => {
    for (const one of [jobs, grouped, latency, overdue, paused, comes, ends, unreadable]) one.reset();
    show(count, seen?.queueCount);
    show(leftOut, seen?.leftOut);
    for (const { name: queue } of seen?.unreadable ?? []) unreadable.set({ queue }, 1);
    for (const one of seen?.queues ?? []) {
      const { name: queue, counts, grouped: inGroups, latencyMs, overdueMs, paused: note } = one;
      for (const state of JOB_STATES) jobs.set({ queue, state }, counts[state]);
      grouped.set({ queue }, inGroups);
      latency.set({ queue }, latencyMs / 1_000);
      overdue.set({ queue }, overdueMs / 1_000);
      paused.set({ queue }, note === null ? 0 : 1);
      unreadable.set({ queue }, 0);
      showRates(one);
    }
  };
}
