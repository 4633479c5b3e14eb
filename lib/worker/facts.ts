import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { JobRecord } from '../engine/record/record.ts';
import type { JobFacts } from './events.ts';

/** Which job it is, as events tell it and every log record about it carries it. */
export function factsOf({ queue, type, id, attempt }: ActiveJob): JobFacts {
  return { queue, type, id, attempt };
}

/**
 * How long a job waited for its first attempt, which began then, in ms: since it was added, or was due when that was
 * later. Null for a further attempt, as its record does not tell when that could have begun.
 */
export function waitedMsOf(
  { attempt, record: { options } }: Pick<ActiveJob, 'attempt' | 'record'>,
  startedAt: number,
): number | null {
  return attempt === 1 ? msBetween(Math.max(options.timestamp, options.delay ?? 0), startedAt) : null;
}

/** How old a job is at a time (epoch ms by Redis's clock), in ms; null when its record does not tell. */
export function ageMsOf({ options }: JobRecord, at: number): number | null {
  return msBetween(options.timestamp, at);
}

/** Producers go by clocks of their own and a stock one may have written anything. */
function msBetween(from: number, to: number): number | null {
  const ms = to - from;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
