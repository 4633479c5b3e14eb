import type { JobTime, TimeBucket, TimesSlot } from '../../../inspector/inspector.ts';
import { measuredText } from '../../../texts.ts';

/** So many steps the shade of a cell has. */
export const HEAT_LEVELS = 5;

/** Where a row of the picture ends, in ms; the last goes on without an end. */
const ENDS_MS = [
  ...[2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000],
  ...[1_800_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, Number.POSITIVE_INFINITY],
];

/** What a heat map shows: how often which times came in which slot. */
export interface HeatCells {
  /** What each row stands for, the shortest times first; none that lies beyond all times. */
  rows: string[];
  /** By slot, then by row: how many, and which of the shades that is; 0 for none. */
  columns: { count: number; level: number }[][];
}

/** Sorts the times of slots into the rows of a picture, as few as have any. */
export function heatCells(slots: readonly TimesSlot[], time: JobTime): HeatCells {
  const counts = slots.map(({ spread }) => countsOf(spread[time]));
  const used = ENDS_MS.flatMap((_, row) => (counts.some((column) => (column[row] ?? 0) > 0) ? [row] : []));
  const [first = 0, last = -1] = [used[0], used.at(-1)];
  const most = Math.max(0, ...counts.flat());
  return {
    rows: ENDS_MS.slice(first, last + 1).map((_, at) => rowText(first + at)),
    columns: counts.map((column) =>
      column.slice(first, last + 1).map((count) => ({ count, level: levelOf(count, most) })),
    ),
  };
}

/** By the logarithm: one slow job among a thousand is to be seen. */
function levelOf(count: number, most: number): number {
  if (count === 0) return 0;
  return Math.max(1, Math.ceil((Math.log2(count + 1) / Math.log2(most + 1)) * HEAT_LEVELS));
}

function countsOf(buckets: readonly TimeBucket[]): number[] {
  const counts = ENDS_MS.map(() => 0);
  for (const { fromMs, toMs, count } of buckets) {
    const row = ENDS_MS.findIndex((end) => (fromMs + toMs) / 2 < end);
    counts[row] = (counts[row] ?? 0) + count;
  }
  return counts;
}

function rowText(row: number): string {
  const [from = 0, to = 0] = [ENDS_MS[row - 1], ENDS_MS[row]];
  return Number.isFinite(to) ? `under ${measuredText(to)}` : `${measuredText(from)} and more`;
}
