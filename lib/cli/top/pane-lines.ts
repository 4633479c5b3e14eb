import { isoTime, LATEST_TIME_MS } from '../../clock.ts';
import { durationText } from '../../texts.ts';
import { columnLines, type ScreenColumn } from './columns.ts';
import type { FailureRow, QueueRow, RunningRow, WorkerRow } from './facts.ts';
import type { Row } from './state.ts';

/** How times are shown. */
export interface Watch {
  /** Epoch ms. */
  now: number;
  isUtc: boolean;
}

type Line<P extends Row['pane']> = Extract<Row, { pane: P }>;
type QueueLine = Line<'queues'>;

const AGE_WIDTH = 7;
const SHORT_NUMBERS = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const MOST_WHOLE = 99_999;

/** Writes the lines of one part of the view, and their heading. */
export function paneLines(
  rows: readonly Row[],
  pane: Row['pane'],
  width: number,
  watch: Watch,
): { head: string; lines: string[] } {
  switch (pane) {
    case 'queues':
      return columnLines(QUEUES, linesOf(rows, pane), width);
    case 'running': {
      const jobs = linesOf(rows, pane).map(({ job }) => job);
      return columnLines(runningColumns(watch), jobs, width);
    }
    case 'failures': {
      const failures = linesOf(rows, pane).map(({ failure }) => failure);
      return columnLines(failureColumns(watch), failures, width);
    }
    case 'workers': {
      const workers = linesOf(rows, pane).map(({ worker }) => worker);
      return columnLines(workerColumns(watch), workers, width);
    }
    default:
      return pane satisfies never;
  }
}

function linesOf<P extends Row['pane']>(rows: readonly Row[], pane: P): Line<P>[] {
  return rows.filter((row): row is Line<P> => row.pane === pane);
}

const QUEUES: readonly ScreenColumn<QueueLine>[] = [
  {
    head: 'QUEUE',
    width: { share: 1 },
    cell: ({ name, unreadable }) => (unreadable === null ? name : `${name}: ${unreadable}`),
  },
  { head: 'STATE', width: 6, from: 40, cell: ({ queue }) => (queue?.paused ? 'paused' : '-') },
  number('WAITING', ({ counts }) => counts.waiting),
  number('ACTIVE', ({ counts }) => counts.active, 30),
  number('DELAYED', ({ counts }) => counts.delayed, 90),
  number('GROUPED', ({ grouped }) => grouped, 120),
  number('FAILED', ({ counts }) => counts.failed),
  number('SUCCEEDED', ({ counts }) => counts.succeeded, 130),
  number('TODAY', ({ processedToday }) => processedToday, 110),
  number('IN/MIN', ({ inPerMin }) => inPerMin, 60),
  number('OUT/MIN', ({ outPerMin }) => outPerMin, 60),
  {
    head: 'LATENCY',
    width: AGE_WIDTH,
    from: 50,
    isRight: true,
    cell: ({ queue }) => lateText(queue?.latencyMs),
  },
  {
    head: 'LATE',
    width: AGE_WIDTH,
    from: 140,
    isRight: true,
    cell: ({ queue }) => lateText(queue?.overdueMs),
  },
];

function number(head: string, read: (queue: QueueRow) => number | null, from = 0): ScreenColumn<QueueLine> {
  const cell = ({ queue }: QueueLine): string => {
    const value = queue === null ? null : read(queue);
    return value === null ? '-' : countShort(value);
  };
  return { head, width: Math.max(6, head.length), from, isRight: true, cell };
}

function runningColumns(watch: Watch): ScreenColumn<RunningRow>[] {
  return [
    { head: 'FOR', width: AGE_WIDTH, isRight: true, cell: ({ startedAt }) => ageText(watch.now - startedAt) },
    { head: 'STUCK', width: 5, from: 50, cell: ({ isStuck }) => (isStuck ? 'stuck' : '-') },
    { head: 'TYPE', width: { share: 2 }, from: 40, cell: ({ type }) => type },
    { head: 'QUEUE', width: { share: 2 }, from: 30, cell: ({ queue }) => queue },
    { head: 'JOB', width: { share: 3 }, cell: ({ id }) => id },
    { head: 'WORKER', width: { share: 2 }, from: 100, cell: ({ worker }) => worker },
  ];
}

function failureColumns(watch: Watch): ScreenColumn<FailureRow>[] {
  return [
    {
      head: 'JOBS',
      width: 6,
      isRight: true,
      cell: ({ count, isMore }) => `${countShort(count)}${isMore ? '+' : ''}`,
    },
    {
      head: 'NEWEST',
      width: watch.isUtc ? 19 : AGE_WIDTH,
      from: 30,
      isRight: true,
      cell: ({ newestAt }) => momentText(newestAt, watch),
    },
    { head: 'QUEUE', width: { share: 2 }, from: 40, cell: ({ queue }) => queue },
    { head: 'TYPE', width: { share: 2 }, from: 60, cell: ({ type }) => type },
    {
      head: 'ERROR',
      width: { share: 5 },
      cell: ({ message }) => (message === '' ? 'no error was kept' : message),
    },
  ];
}

function workerColumns(watch: Watch): ScreenColumn<WorkerRow>[] {
  return [
    { head: 'WORKER', width: { share: 3 }, cell: ({ worker }) => worker },
    { head: 'STATUS', width: 8, from: 30, cell: ({ status }) => status },
    {
      head: 'RUNS',
      width: 9,
      isRight: true,
      cell: ({ runs, slots }) => `${countShort(runs)} of ${countShort(slots)}`,
    },
    {
      head: 'STARTED',
      width: watch.isUtc ? 19 : AGE_WIDTH,
      from: 50,
      isRight: true,
      cell: ({ startedAt }) => momentText(startedAt, watch),
    },
    { head: 'VERSION', width: 8, from: 100, cell: ({ version }) => version },
    { head: 'QUEUES', width: { share: 4 }, from: 40, cell: ({ queues }) => queues.join(',') },
  ];
}

/** In six characters. */
function countShort(value: number): string {
  return Math.abs(value) <= MOST_WHOLE ? String(Math.round(value)) : SHORT_NUMBERS.format(value);
}

function lateText(ms: number | undefined): string {
  return ms === undefined || ms === 0 ? '-' : ageText(ms);
}

/** A duration in its largest unit. */
function ageText(ms: number): string {
  return durationText(ms).split(' ', 2).join(' ');
}

function momentText(at: number, { now, isUtc }: Watch): string {
  if (!isUtc) return ageText(now - at);
  return Math.abs(at) <= LATEST_TIME_MS ? isoTime(at).slice(0, 19) : String(at);
}
