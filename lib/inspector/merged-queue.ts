import type { HistoryDay } from '../engine/queries/history.ts';
import type { JobCounts } from '../engine/queries/queries.ts';
import type { QueueInfo } from './queue-info.ts';
import type { RateMinute, Rates } from './rates.ts';

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

/** A shard whose last minute is so much older than that of another is noted by nobody any more. */
const LATE_MS = 2 * 60_000;

/**
 * Adds the rates of shards up. One of which nothing is known adds nothing: its workers have let go of it. The minutes
 * end with the last one that all shards know that are noted still, as a minute of some alone would look like a lull.
 */
export function mergedRates(shards: readonly Rates[]): Rates {
  const lasts = shards.flatMap(({ minutes }) => minutes.at(-1)?.at ?? []);
  const newest = Math.max(...lasts);
  const last = Math.min(...lasts.filter((at) => newest - at < LATE_MS));
  const minutes = new Map<number, RateMinute>();
  for (const { at, added, succeeded, failed } of shards.flatMap((one) => one.minutes)) {
    const sum = minutes.get(at) ?? { at, added: 0, succeeded: 0, failed: 0 };
    const { added: more, succeeded: done, failed: lost } = sum;
    minutes.set(at, { at, added: more + added, succeeded: done + succeeded, failed: lost + failed });
  }
  return {
    inPerMin: sumOf(shards.map(({ inPerMin }) => inPerMin)),
    outPerMin: sumOf(shards.map(({ outPerMin }) => outPerMin)),
    minutes: [...minutes.values()].filter(({ at }) => at <= last).sort((one, other) => one.at - other.at),
  };
}

/** Null where none of them is known. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
