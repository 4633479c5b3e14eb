/** What is timed of a job: until its first attempt, that attempt or a later one, and all from adding to its end. */
export const JOB_TIMES = ['waiting', 'duration', 'total'] as const;

/** One of {@link JOB_TIMES}. */
export type JobTime = (typeof JOB_TIMES)[number];

/** How attempts end that are timed; one that was interrupted or put off is not. */
export const TIMED_ENDS = ['succeeded', 'failed', 'retried'] as const;

/** One of {@link TIMED_ENDS}. */
export type TimedEnd = (typeof TIMED_ENDS)[number];

/** Each doubling of a time is cut into so many buckets of one width. */
const PER_OCTAVE = 8;
const OCTAVE_BITS = 3;
/** What is longer, some 50 days, is in the last bucket. */
const LONGEST_MS = 2 ** 32 - 1;

/** How many buckets there are. */
export const BUCKETS = PER_OCTAVE * (32 - OCTAVE_BITS + 1);

/** The bucket of a time: a width of 1 ms up to 16 ms, and of an eighth of where the bucket begins at most beyond. */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  if (ms >= LONGEST_MS) return BUCKETS - 1;
  if (ms < PER_OCTAVE) return Math.floor(ms);
  const shift = 31 - Math.clz32(ms) - OCTAVE_BITS;
  return (shift + 1) * PER_OCTAVE + ((ms >>> shift) & (PER_OCTAVE - 1));
}

/** Where a bucket begins, and where the next one does, in ms. */
export function boundsOf(bucket: number): { fromMs: number; toMs: number } {
  if (bucket < PER_OCTAVE) return { fromMs: bucket, toMs: bucket + 1 };
  const width = 2 ** (Math.floor(bucket / PER_OCTAVE) - 1);
  const fromMs = (PER_OCTAVE + (bucket % PER_OCTAVE)) * width;
  return { fromMs, toMs: fromMs + width };
}
