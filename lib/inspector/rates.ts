import { readSamples, type Sample, type SamplesDeps } from '../engine/queries/samples.ts';

/** What came into a queue in one minute, and what ended. */
export interface RateMinute {
  /** Its beginning, epoch ms. */
  at: number;
  added: number;
  succeeded: number;
  /** Jobs that failed for good; an attempt that is tried again is not counted. */
  failed: number;
}

/**
 * How many jobs come into a queue and how many end, per minute.
 *
 * The workers of a queue note once a minute how many jobs have not ended and how many have; all numbers are differences
 * between two such notes. So what came in is reckoned: by how much the unfinished grew, and what ended. Whoever
 * added a job, a stock producer too, it is counted. So is a failed job that was retried by hand. Jobs that were
 * removed by hand or ended under a stock worker lower the number, and a group that is handed over goes on as one job;
 * it is never below 0.
 */
export interface Rates {
  /**
   * Now: over the last five minutes or so, 15 at most. Null when no worker made a note in that time but the last
   * minute.
   */
  inPerMin: number | null;
  outPerMin: number | null;
  /**
   * The last 60 minutes at most, oldest first, without the one that is on. A minute goes from note to note, so it is
   * exact to a minute. Where no note was made for some minutes, with no worker alive for example, what came and ended
   * is spread over them evenly; before the first and after the last there is nothing.
   */
  minutes: RateMinute[];
}

const MINUTE_MS = 60_000;
const MOST_MINUTES = 60;
/** How far back the present rates look: at best, and within which bounds. */
const SPAN_MS = { best: 5 * MINUTE_MS, least: MINUTE_MS, most: 15 * MINUTE_MS };

/** Reads the rates of a queue, in one round trip. */
export async function readRates(deps: SamplesDeps): Promise<Rates> {
  const { now, before } = await readSamples(deps);
  const first = minuteOf(now) - MOST_MINUTES;
  return {
    ...presentRates(now, before),
    minutes: minutesOf(before).filter(({ at }) => at >= first * MINUTE_MS),
  };
}

function presentRates(now: Sample, before: readonly Sample[]): Pick<Rates, 'inPerMin' | 'outPerMin'> {
  const [base] = before
    .filter(({ at }) => now.at - at >= SPAN_MS.least && now.at - at <= SPAN_MS.most)
    .sort((one, other) => awayFromBest(one, now) - awayFromBest(other, now));
  if (!base) return { inPerMin: null, outPerMin: null };
  const { added, succeeded, failed } = between(base, now);
  const minutes = (now.at - base.at) / MINUTE_MS;
  return { inPerMin: added / minutes, outPerMin: (succeeded + failed) / minutes };
}

function awayFromBest({ at }: Sample, now: Sample): number {
  return Math.abs(now.at - at - SPAN_MS.best);
}

function minutesOf(samples: readonly Sample[]): RateMinute[] {
  return samples.slice(1).flatMap((next, at) => {
    const last = samples[at];
    return last ? spread(last, next) : [];
  });
}

/** A note of one minute tells, with that of the minute before, what happened in that. */
function spread(last: Sample, next: Sample): RateMinute[] {
  const count = minuteOf(next) - minuteOf(last);
  const total = between(last, next);
  // Whole numbers whose sum is the total.
  const share = (sum: number, nth: number): number =>
    Math.floor((sum * (nth + 1)) / count) - Math.floor((sum * nth) / count);
  return Array.from({ length: count }, (_, nth) => ({
    at: (minuteOf(last) + nth) * MINUTE_MS,
    added: share(total.added, nth),
    succeeded: share(total.succeeded, nth),
    failed: share(total.failed, nth),
  }));
}

function between(one: Sample, next: Sample): Omit<RateMinute, 'at'> {
  const succeeded = Math.max(0, next.succeeded - one.succeeded);
  const failed = Math.max(0, next.failed - one.failed);
  const added = Math.max(0, next.unfinished - one.unfinished + succeeded + failed);
  return { added, succeeded, failed };
}

function minuteOf({ at }: Sample): number {
  return Math.floor(at / MINUTE_MS);
}
