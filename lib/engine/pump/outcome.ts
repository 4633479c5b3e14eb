import type { Clock } from '../../clock.ts';
import { ApiaryError, AwaitsSignal, coerceError, DiscardJob, RetryAfter, RetryLater } from '../../errors.ts';
import type { StoredOptions } from '../record/record.ts';
import type { Hold, Outcome } from '../record/settlement.ts';
import type { SignalsAwaited } from '../record/waits.ts';
import type { AbortReason } from './active-job.ts';
import { DEFAULT_BACKOFF, type OwnStrategy, retryDelayMs } from './backoff.ts';
import { cancelled, expired, lastStartOf, type TimeBound } from './time-bounds.ts';

/** How a handler ended. */
export type Ending = { kind: 'returned'; value: unknown } | { kind: 'threw'; thrown: unknown };

/** What deciding needs to know of the attempt. */
export interface AttemptFacts {
  options: StoredOptions;
  /** 1 for the first run. */
  attempt: number;
  /** Why the attempt was told to stop, or null. */
  abortReason: AbortReason | null;
  /** Why it was cancelled, where it was and somebody said why. */
  cancelReason?: string | null;
  /** The signals that its handler waits for and that are not there; null or absent for none. */
  awaits?: SignalsAwaited | null;
  /** How long the attempt might run, for the message of a timeout; null for no limit. */
  bound: TimeBound | null;
  /** When the attempt ended, epoch ms; asked for only where it matters. */
  readonly now: number;
  /** A back-off strategy that is none of the built-in ones, by name; returns ms, or a negative number to give up. */
  ownStrategy?: OwnStrategy;
  /** Whether what the handler threw counts as a failure; default yes. One that does not spends no retry. */
  isFailure?: (error: Error) => boolean;
}

/** A century. A handler may ask for any delay, and scripts take none that is longer. */
const MOST_DELAY_MS = 3_155_760_000_000;

/**
 * Decides what becomes of a job from how its handler ended. Pure: chance comes in as `random`.
 *
 * A timeout counts as a failure however the handler ended after it. A shutdown interrupts only a handler that threw:
 * one that returned has done its work. A cancelled job ends as such, however its handler ended after it was told.
 */
export function decide(facts: AttemptFacts, ending: Ending, random: Clock['random']): Outcome {
  const outcome = decideAlone(facts, ending, random);
  const holds = ending.kind === 'threw' ? holdOf(ending.thrown) : null;
  // What it says of others holds whatever becomes of its own job.
  return holds && outcome.kind !== 'succeeded' && outcome.kind !== 'interrupted'
    ? { ...outcome, holds }
    : outcome;
}

function holdOf(thrown: unknown): Hold | null {
  if (!(thrown instanceof RetryLater || thrown instanceof RetryAfter)) return null;
  const { holds: of } = thrown;
  // Anybody may have written to it since it was made, and another copy of the package may not know it.
  if (of !== 'queue' && of !== 'key') return null;
  const forMs = Math.ceil(askedDelayMs(thrown));
  return forMs > 0 ? { of, forMs } : null;
}

function decideAlone(facts: AttemptFacts, ending: Ending, random: Clock['random']): Outcome {
  if (facts.abortReason === 'cancelled') return cancelled(facts.cancelReason);
  if (facts.abortReason === 'deadline') return expired('ran past its deadline');
  if (facts.abortReason === 'timeout') {
    const message = `the attempt ran longer than ${facts.bound?.limitMs} ms`;
    return failedAttempt(facts, new ApiaryError('JOB_TIMED_OUT', message), random);
  }
  if (ending.kind === 'returned') return succeededOr(facts, ending.value, random);
  const { thrown } = ending;
  if (thrown instanceof AwaitsSignal && facts.awaits) return awaiting(facts, facts.awaits);
  if (facts.abortReason === 'shutdown') return { kind: 'interrupted' };
  if (thrown instanceof RetryLater) return { kind: 'snoozed', delayMs: askedDelayMs(thrown) };
  if (thrown instanceof DiscardJob) return { kind: 'failed', error: thrown, as: 'discarded' };
  const error = coerceError(thrown);
  return facts.isFailure?.(error) === false
    ? noFailure(facts, error, random)
    : failedAttempt(facts, error, random);
}

/** The outcome of a job that was lost so often that it is not run again. */
export function lostTooOften(times: number): Outcome {
  const message = `lost ${times} times: each time the worker that ran the job died, or was silent for longer than its lease`;
  return { kind: 'failed', error: new ApiaryError('JOB_LOST', message), as: 'lost', unstarted: true };
}

function succeededOr(facts: AttemptFacts, result: unknown, random: Clock['random']): Outcome {
  try {
    return { kind: 'succeeded', result, resultJson: JSON.stringify(result) };
  } catch (cause) {
    const message = `what the handler returned cannot be written as JSON: ${coerceError(cause).message}`;
    return failedAttempt(facts, new ApiaryError('RESULT_UNSERIALISABLE', message, { cause }), random);
  }
}

function failedAttempt(facts: AttemptFacts, error: Error, random: Clock['random']): Outcome {
  const delayMs = (facts.options.retries ?? 0) > 0 ? delayAfter(facts, error, random) : -1;
  return delayMs < 0 ? { kind: 'failed', error, as: 'failed' } : { kind: 'retry', delayMs, error };
}

/** At the last moment at which it may begin it is to wait no longer: it ends as expired then. */
function awaiting({ options, now }: AttemptFacts, { signals, until: asked }: SignalsAwaited): Outcome {
  const until = Math.ceil(Math.min(asked, lastStartOf(options)));
  return { kind: 'snoozed', delayMs: Math.max(0, until - now), awaits: { signals, until } };
}

/** Retries are neither spent nor asked for; only a back-off that gives up, or the end of its time, ends such a job. */
function noFailure(facts: AttemptFacts, error: Error, random: Clock['random']): Outcome {
  const delayMs = delayAfter(facts, error, random);
  return delayMs < 0 ? { kind: 'failed', error, as: 'failed' } : { kind: 'snoozed', delayMs, error };
}

/** Negative to give the job up. */
function delayAfter(facts: AttemptFacts, error: Error, random: Clock['random']): number {
  const { options, attempt } = facts;
  const ownStrategy: OwnStrategy = (name, cause) => facts.ownStrategy?.(name, cause);
  const backoffMs = retryDelayMs({ options, attempt, error, random, ownStrategy });
  if (backoffMs < 0) return backoffMs;
  const delayMs = capped(error instanceof RetryAfter ? Math.max(backoffMs, askedDelayMs(error)) : backoffMs);
  const lastStart = lastStartOf(options);
  // To wait for an attempt that may not begin any more would only hide the failure.
  return lastStart === Number.POSITIVE_INFINITY || facts.now + delayMs < lastStart ? delayMs : -1;
}

/** Anybody may have written to what was thrown since it was made. */
function askedDelayMs({ delayMs }: RetryLater | RetryAfter): number {
  return Number.isFinite(delayMs) && delayMs >= 0 ? capped(delayMs) : 0;
}

function capped(delayMs: number): number {
  return Math.min(delayMs, MOST_DELAY_MS);
}

/** The outcome of an attempt whose run or judgement threw, so that its slot comes free all the same. */
export function unjudged({ retries }: StoredOptions, thrown: unknown): Outcome {
  const error = coerceError(thrown);
  return typeof retries === 'number' && retries > 0
    ? { kind: 'retry', delayMs: DEFAULT_BACKOFF.delayMs, error }
    : { kind: 'failed', error, as: 'failed' };
}
