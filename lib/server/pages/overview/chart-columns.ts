import type { Column } from './column-chart.tsx';
import type { OverviewFacts } from './overview-facts.ts';

const MINUTE_MS = 60_000;
const SHOWN_MINUTES = 60;

/**
 * One column for each of the last sixty minutes that are over, of one queue or, with null, the sum of all; what was
 * added is null where nobody noted anything. `now` is epoch ms.
 */
export function minuteColumns(
  { queues }: Pick<OverviewFacts, 'queues'>,
  chosen: string | null,
  now: number,
): Column[] {
  const first = Math.floor(now / MINUTE_MS) - SHOWN_MINUTES;
  const columns = Array.from({ length: SHOWN_MINUTES }, (_, at): Column => {
    const label = new Date((first + at) * MINUTE_MS).toISOString().slice(11, 16);
    return { label, added: null, succeeded: 0, failed: 0 };
  });
  for (const { name, rates } of queues) {
    if (chosen !== null && name !== chosen) continue;
    for (const { at, added, succeeded, failed } of rates.minutes) {
      const column = columns[Math.floor(at / MINUTE_MS) - first];
      if (!column) continue;
      column.added = (column.added ?? 0) + added;
      column.succeeded += succeeded;
      column.failed += failed;
    }
  }
  return columns;
}

/** One column for each day that is kept, the oldest first; what was added is not counted by day. */
export function dayColumns({ history }: Pick<OverviewFacts, 'history'>, chosen: string | null): Column[] {
  const columns = new Map<string, Column>();
  for (const [name, days] of history) {
    if (chosen !== null && name !== chosen) continue;
    for (const { day, succeeded, failed } of days) {
      const column = columns.get(day) ?? { label: day, added: null, succeeded: 0, failed: 0 };
      column.succeeded += succeeded;
      column.failed += failed;
      columns.set(day, column);
    }
  }
  return [...columns.values()].sort((one, other) => (one.label < other.label ? -1 : 1));
}
