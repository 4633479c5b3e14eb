import type { HistoryDay } from '../engine/queries/history.ts';
import type { JobCounts } from '../engine/queries/queries.ts';
import type { QueueInfo } from './queue-info.ts';

/** Shows the shards of a queue as one, each of them beneath. */
export function mergedInfo(name: string, shards: readonly QueueInfo[]): QueueInfo {
  const sum = (of: (one: QueueInfo) => number): number => shards.reduce((all, one) => all + of(one), 0);
  const most = (of: (one: QueueInfo) => number): number => Math.max(0, ...shards.map(of));
  const counts: JobCounts = {
    waiting: sum((one) => one.counts.waiting),
    active: sum((one) => one.counts.active),
    delayed: sum((one) => one.counts.delayed),
    succeeded: sum((one) => one.counts.succeeded),
    failed: sum((one) => one.counts.failed),
  };
  return {
    name,
    latencyMs: most((one) => one.latencyMs),
    overdueMs: most((one) => one.overdueMs),
    counts,
    paused: shards.find(({ paused }) => paused)?.paused ?? null,
    grouped: sum((one) => one.grouped),
    processedToday: sum((one) => one.processedToday),
    failedToday: sum((one) => one.failedToday),
    shards: shards.map((one) => ({ name: one.name, counts: one.counts, latencyMs: one.latencyMs })),
  };
}

/** Adds the counts of days up, over shards. */
export function mergedHistory(shards: readonly (readonly HistoryDay[])[]): HistoryDay[] {
  const [first = [], ...others] = shards;
  return first.map((day, at) => {
    const same = others.map((days) => days[at]);
    const sum = (of: 'processed' | 'succeeded' | 'failed'): number =>
      same.reduce((all, one) => all + (one?.[of] ?? 0), day[of]);
    return { day: day.day, processed: sum('processed'), succeeded: sum('succeeded'), failed: sum('failed') };
  });
}
