import type { VNode } from 'preact';
import type { JobTimes, RateMinute } from '../../../inspector/inspector.ts';
import { ChartFigure } from '../overview/charts-section.tsx';
import type { Column } from '../overview/column-chart.tsx';
import { errorRateText } from './ends-table.tsx';
import { slotLabel } from './slot-label.ts';

/** How many jobs came, succeeded and failed, slot by slot. */
export function RatesFigure({ times, minutes }: { times: JobTimes; minutes: readonly RateMinute[] }): VNode {
  const columns = rateColumns(times, minutes);
  const title = `In, out and failing, error rate ${errorRateText(times)} (UTC)`;
  const first = columns[0]?.label ?? '';
  return <ChartFigure id="ends" what="slots" title={title} columns={columns} ends={[first, 'now']} />;
}

/** A column for each slot; what came in is known by the minute alone. */
export function rateColumns({ slots, span }: JobTimes, minutes: readonly RateMinute[]): Column[] {
  const label = slotLabel(span);
  const added = new Map(span === 'hour' ? minutes.map((one) => [one.at, one.added] as const) : []);
  return slots.map((slot) => ({
    label: label(slot),
    succeeded: slot.succeeded,
    failed: slot.failed,
    added: added.get(slot.at) ?? null,
  }));
}
