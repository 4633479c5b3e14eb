import type { Clock } from '../clock.ts';
import { ApiaryError, coerceError, DiscardJob, RetryAfter, RetryLater } from '../errors.ts';
import type { AbortReason } from './active-job.ts';
import { type OwnStrategy, retryDelayMs } from './backoff.ts';
import type { StoredOptions } from './record.ts';
import type { Outcome } from './settlement.ts';

/** How a handler ended. */
export type Ending = { kind: 'returned'; value: unknown } | { kind: 'threw'; thrown: unknown };

/** What deciding needs to know of the attempt. */
export interface AttemptFacts {
  options: StoredOptions;
  /** 1 for the first run. */
  attempt: number;
  /** Why the attempt was told to stop, or null. */
  abortReason: AbortReason | null;
  /** The timeout of the attempt, for the message when it ran out. */
  timeoutMs: number | null;
  /** A back-off strategy that is none of the built-in ones, by name; returns ms, or a negative number to give up. */
  ownStrategy?: OwnStrategy;
}

/**
 * Decides what becomes of a job from how its handler ended. Pure: chance comes in as `random`.
 *
 * A timeout counts as a failure however the handler ended after it. A shutdown interrupts only a handler that threw:
 * one that returned has done its work.
 */
export function decide(facts: AttemptFacts, ending: Ending, random: Clock['random']): Outcome {
  if (facts.abortReason === 'timeout') {
    const message = `the attempt ran longer than ${facts.timeoutMs} ms`;
    return failedAttempt(facts, new ApiaryError('JOB_TIMED_OUT', message), random);
  }
  if (ending.kind === 'returned') return succeededOr(facts, ending.value, random);
  if (facts.abortReason === 'shutdown') return { kind: 'interrupted' };
  const { thrown } = ending;
  if (thrown instanceof RetryLater) return { kind: 'snoozed', delayMs: thrown.delayMs };
  if (thrown instanceof DiscardJob) return { kind: 'failed', error: thrown, as: 'discarded' };
  return failedAttempt(facts, coerceError(thrown), random);
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
  const { options, attempt, ownStrategy = () => undefined } = facts;
  if ((options.retries ?? 0) <= 0) return { kind: 'failed', error, as: 'failed' };
  const delayMs = retryDelayMs({ options, attempt, random, ownStrategy });
  if (delayMs < 0) return { kind: 'failed', error, as: 'failed' };
  const leastMs = error instanceof RetryAfter ? error.delayMs : 0;
  return { kind: 'retry', delayMs: Math.max(delayMs, leastMs), error };
}
