import { BUCKETS, JOB_TIMES, type JobTime, TIMED_ENDS, type TimedEnd } from './time-buckets.ts';

/**
 * What was counted of jobs: how many attempts ended in which way, and a histogram of each time. All counts stand in one
 * row, so that adding two up is one loop, here and in Lua.
 */
export type TimeCounts = Uint32Array;

/** Counts that are not 0: the place of each, and how many. */
export type SparseCounts = number[];

/** Where the attempts are counted that ended in a way; `keep-times.lua` goes by these being the first. */
export const END_PLACE: Readonly<Record<TimedEnd, number>> = { succeeded: 0, failed: 1, retried: 2 };

const FIRST_BUCKET = TIMED_ENDS.length;

/** Where the first bucket of a time is. */
export const TIME_PLACE: Readonly<Record<JobTime, number>> = {
  waiting: FIRST_BUCKET,
  duration: FIRST_BUCKET + BUCKETS,
  total: FIRST_BUCKET + 2 * BUCKETS,
};

/** How long a row of counts is. */
export const COUNTS_LENGTH = FIRST_BUCKET + JOB_TIMES.length * BUCKETS;

/** Leaves the zeros out. */
export function toSparse(counts: TimeCounts): SparseCounts {
  const sparse: SparseCounts = [];
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place] ?? 0;
    if (count > 0) sparse.push(place, count);
  }
  return sparse;
}

/** Adds counts up, in place; a place that there is not, and what is no count, is passed over. */
export function addSparse(counts: TimeCounts, sparse: readonly unknown[]): TimeCounts {
  for (let at = 0; at + 1 < sparse.length; at += 2) {
    const [place, count] = [Number(sparse[at]), Number(sparse[at + 1])];
    const sum = (counts[place] ?? Number.NaN) + count;
    if (sum >= 0) counts[place] = sum;
  }
  return counts;
}

/** The histogram of one time: how many were in each bucket. */
export function bucketsIn(counts: TimeCounts, time: JobTime): Uint32Array {
  return counts.subarray(TIME_PLACE[time], TIME_PLACE[time] + BUCKETS);
}
