import type { Clock } from '../clock.ts';
import type { StoredOptions } from './record.ts';

/** The back-off of a job of ours that says nothing of it. */
export const DEFAULT_BACKOFF = {
  type: 'exponential',
  delayMs: 1_000,
  maxDelayMs: 3_600_000,
  jitter: true,
} as const;

/** Answers a strategy that is not built in with a delay in ms (negative: give up), or undefined if unknown. */
export type OwnStrategy = (strategy: string) => number | undefined;

/** What the delay depends on. */
export interface RetryFacts {
  options: StoredOptions;
  /** The attempt that failed, 1 for the first. */
  attempt: number;
  random: Clock['random'];
  ownStrategy: OwnStrategy;
}

/** Doubling stops here: 2^40 ms is 34 years, and more would leave whole numbers. */
const MOST_DOUBLINGS = 40;

/**
 * How long a failed job waits for its next attempt, in ms. A job of a stock producer that names no strategy is tried
 * again at once, as bee-queue does; one of ours waits exponentially longer, with full jitter.
 */
export function retryDelayMs({ options, attempt, random, ownStrategy }: RetryFacts): number {
  const backoff = options.backoff ?? (options.type === undefined ? IMMEDIATE : DEFAULT_WIRE);
  const { strategy, delay, maxDelay = DEFAULT_BACKOFF.maxDelayMs, jitter = false } = backoff;
  if (strategy === 'immediate') return 0;
  if (strategy !== 'exponential' && strategy !== 'fixed') return ownStrategy(strategy) ?? -1;
  const grown = Math.min(delay * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS), maxDelay);
  const delayMs = strategy === 'exponential' ? grown : delay;
  return Math.round(jitter ? delayMs * random() : delayMs);
}

const IMMEDIATE: NonNullable<StoredOptions['backoff']> = { strategy: 'immediate', delay: 0 };

const DEFAULT_WIRE: NonNullable<StoredOptions['backoff']> = {
  strategy: DEFAULT_BACKOFF.type,
  delay: DEFAULT_BACKOFF.delayMs,
  maxDelay: DEFAULT_BACKOFF.maxDelayMs,
  jitter: DEFAULT_BACKOFF.jitter,
};
