import { checkOptions, optionThat } from '../check-options.ts';
import { countOf, quantileOf } from '../engine/times/quantiles.ts';
import type { KeptSlot, KeptVersion as VersionEnds } from '../engine/times/read-times.ts';
import { SPANS, type Span } from '../engine/times/spans.ts';
import { boundsOf, type JobTime, TIMED_ENDS, type TimedEnd } from '../engine/times/time-buckets.ts';
import { bucketsIn, COUNTS_LENGTH, END_PLACE, type TimeCounts } from '../engine/times/time-counts.ts';
import { type SlowJob, slowestOf } from '../engine/times/time-tally.ts';
import { namesOf } from '../names-of.ts';
import { addedCounts, type KeptTimes } from './kept-times.ts';

export type { KeptVersion as VersionEnds } from '../engine/times/read-times.ts';
export type { Span } from '../engine/times/spans.ts';
export type { JobTime } from '../engine/times/time-buckets.ts';

/** How long some jobs took, in ms: so many were timed, and half, 95 and 99 percent of them took no longer. */
export interface TimeSummary {
  count: number;
  /** Null where none was timed, as are the next two. Each is off by an eighth at most, or by a millisecond. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

/** How attempts ended, and how long their jobs waited, ran and took in all. */
export interface TimedJobs extends Record<TimedEnd, number>, Record<JobTime, TimeSummary> {}

/** How many jobs took so long: from `fromMs` on, less than `toMs`. */
export interface TimeBucket {
  fromMs: number;
  toMs: number;
  count: number;
}

/** A minute, a quarter of an hour or a day. */
export interface TimesSlot extends TimedJobs {
  /** When it begins, epoch ms. */
  at: number;
  /** How the times were spread; those that no job had are left out. */
  spread: Readonly<Record<JobTime, TimeBucket[]>>;
}

/** A type of the queue. */
export interface TimedType extends TimedJobs {
  /** Null for all types together that are not kept by themselves. */
  type: string | null;
}

/** A job that ran long. */
export interface SlowestJob {
  id: string;
  durationMs: number;
  /** Epoch ms. */
  endedAt: number;
}

/** How long the jobs of a queue, or of one type of it, took. Workers tell once a minute what has ended. */
export interface JobTimes extends TimedJobs {
  span: Span;
  /** How long a slot is. */
  slotMs: number;
  /** All slots of the span, the oldest first; the last is not over. */
  slots: TimesSlot[];
  /** Those that ran longest, three of each slot at most: ten, the longest first. Any of them may be gone. */
  slowest: SlowestJob[];
  /** The busiest types, those first that ended most; none where one type was asked for. */
  types: TimedType[];
  /** The versions of the program that were seen last, the newest first, whatever the span. */
  versions: VersionEnds[];
  /** Whether the type that was asked for is among those that are kept by themselves; else this is of all others. */
  isOwn: boolean;
}

/** Which times are wanted. */
export interface JobTimesQuery {
  /** Over the last hour by minute, the last day by quarter of an hour, or 90 days by day; default `hour`. */
  span?: Span;
  /** Of this type alone; default all. */
  type?: string | undefined;
}

/** The names of the spans. */
export const SPAN_NAMES = namesOf(SPANS);

const QUERY = {
  span: optionThat(`must be one of ${SPAN_NAMES.join(', ')}`, isSpan).optional(),
  type: optionThat(
    'must be a text that is not empty',
    (value) => typeof value === 'string' && value !== '',
  ).optional(),
} satisfies Record<keyof JobTimesQuery, unknown>;

const MOST_SLOWEST = 10;

/** Whether the value is one of the spans. */
export function isSpan(value: unknown): value is Span {
  return SPAN_NAMES.some((span) => span === value);
}

/** The span and type that are asked for; null for all types. Throws JOB_INVALID for what cannot be asked. */
export function askedTimes(query: JobTimesQuery): { span: Span; type: string | null } {
  checkOptions('inspector.times', QUERY, query, 'JOB_INVALID');
  const { span = 'hour', type = null } = query;
  return { span, type };
}

/** Shows what is kept of how long jobs took. */
export function toJobTimes(span: Span, { slots, types, versions, isOwn }: KeptTimes): JobTimes {
  const sum = slots.map(({ counts }) => counts).reduce(addedCounts, new Uint32Array(COUNTS_LENGTH));
  return {
    span,
    slotMs: SPANS[span].slotMs,
    ...summaryOf(sum),
    slots: slots.map(toTimesSlot),
    slowest: toSlowest(slots.flatMap(({ slowest }) => slowest)),
    types: [...types]
      .map(([type, counts]) => ({ type, ...summaryOf(counts) }))
      .filter((one) => endedOf(one) > 0)
      .sort((one, other) => endedOf(other) - endedOf(one)),
    versions,
    isOwn,
  };
}

/** How many attempts ended. */
export function endedOf(jobs: TimedJobs): number {
  return TIMED_ENDS.reduce((sum, end) => sum + jobs[end], 0);
}

function toTimesSlot({ at, counts }: KeptSlot): TimesSlot {
  const spread = {
    waiting: spreadOf(counts, 'waiting'),
    duration: spreadOf(counts, 'duration'),
    total: spreadOf(counts, 'total'),
  };
  return { at, ...summaryOf(counts), spread };
}

function summaryOf(counts: TimeCounts): TimedJobs {
  const endsOf = (end: TimedEnd): number => counts[END_PLACE[end]] ?? 0;
  const timeOf = (time: JobTime): TimeSummary => timeSummaryOf(bucketsIn(counts, time));
  return {
    ...{ succeeded: endsOf('succeeded'), failed: endsOf('failed'), retried: endsOf('retried') },
    ...{ waiting: timeOf('waiting'), duration: timeOf('duration'), total: timeOf('total') },
  };
}

function timeSummaryOf(buckets: Uint32Array): TimeSummary {
  return {
    count: countOf(buckets),
    p50Ms: quantileOf(buckets, 0.5),
    p95Ms: quantileOf(buckets, 0.95),
    p99Ms: quantileOf(buckets, 0.99),
  };
}

function spreadOf(counts: TimeCounts, time: JobTime): TimeBucket[] {
  return [...bucketsIn(counts, time)].flatMap((count, bucket) =>
    count === 0 ? [] : [{ ...boundsOf(bucket), count }],
  );
}

function toSlowest(jobs: readonly SlowJob[]): SlowestJob[] {
  return slowestOf(jobs, MOST_SLOWEST).map(([durationMs, id, endedAt]) => ({ id, durationMs, endedAt }));
}
