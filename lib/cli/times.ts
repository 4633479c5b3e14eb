import {
  endedOf,
  type JobTimes,
  SPAN_NAMES,
  type TimedJobs,
  type TimeSummary,
} from '../inspector/inspector.ts';
import { measuredText, numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, when } from './show.ts';
import { type Column, tableText } from './table.ts';
import { choice, one, text } from './values.ts';

/** `apiary times`: says how long the jobs of a queue waited, ran and took in all. */
export const times = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    span: choice(SPAN_NAMES, 'over which time; an hour unless given'),
    type: text('type', 'of this job type alone'),
  },
  run: async (call, { queue, span = 'hour', type }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const found = await inspector.times(queue, { span, ...(type !== undefined && { type }) });
    return show(call, found, () => timesText(call, found, type ?? `all of ${queue}`));
  },
});

/** Some jobs, and which they are. */
interface Row extends TimedJobs {
  name: string;
}

const ROWS: readonly Column<Row>[] = [
  { head: 'JOBS', cell: ({ name }) => name },
  { head: 'ENDED', cell: endedOf },
  { head: 'FAILED', cell: ({ failed }) => failed },
  { head: 'RETRIED', cell: ({ retried }) => retried },
  { head: 'WAITED 50/95/99 %', cell: ({ waiting }) => summaryText(waiting) },
  { head: 'RAN', cell: ({ duration }) => summaryText(duration) },
  { head: 'IN ALL', cell: ({ total }) => summaryText(total) },
];

function timesText(call: Call, found: JobTimes, name: string): string {
  const rows = [
    { ...found, name: found.isOwn ? name : 'types that are not kept by themselves' },
    ...found.types.map((one) => ({ ...one, name: one.type ?? 'other types' })),
  ];
  const none = 'nothing has ended in this time; workers tell once a minute';
  const table = tableOrNone(call, ROWS, endedOf(found) === 0 ? [] : rows, none);
  const slowest = found.slowest.length === 0 ? '' : `\n${slowestText(call, found)}`;
  return found.versions.length === 0
    ? `${table}${slowest}`
    : `${table}${slowest}\n${versionsText(call, found)}`;
}

function summaryText({ p50Ms, p95Ms, p99Ms }: TimeSummary): string {
  return [p50Ms, p95Ms, p99Ms].map((ms) => (ms === null ? '-' : measuredText(ms))).join(' / ');
}

function slowestText(call: Call, { slowest }: JobTimes): string {
  const columns: readonly Column<JobTimes['slowest'][number]>[] = [
    { head: 'SLOWEST', cell: ({ id }) => id },
    { head: 'RAN', cell: ({ durationMs }) => measuredText(durationMs) },
    { head: 'ENDED', cell: ({ endedAt }) => when(call, endedAt) },
  ];
  return tableText(columns, slowest, call.terminal.columns);
}

function versionsText(call: Call, { versions }: JobTimes): string {
  const columns: readonly Column<JobTimes['versions'][number]>[] = [
    { head: 'VERSION', cell: ({ version }) => version },
    { head: 'ENDED', cell: (one) => one.succeeded + one.failed + one.retried },
    { head: 'FAILED', cell: ({ failed }) => numberText(failed) },
    { head: 'RETRIED', cell: ({ retried }) => numberText(retried) },
    { head: 'FIRST', cell: ({ firstAt }) => when(call, firstAt) },
    { head: 'LAST', cell: ({ lastAt }) => when(call, lastAt) },
  ];
  return tableText(columns, versions, call.terminal.columns);
}
