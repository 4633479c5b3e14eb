import type { Clock } from '../../clock.ts';
import type { StoredOptions } from '../record/record.ts';

/** The back-off of a job of ours that says nothing of it. */
export const DEFAULT_BACKOFF = {
  type: 'exponential',
  delayMs: 1_000,
  maxDelayMs: 3_600_000,
  jitter: true,
} as const;

/** Doubling stops here: 2^40 ms is 34 years, and more would leave whole numbers. */
const MOST_DOUBLINGS = 40;

/** The strategies that every worker knows, each with how long it waits, in ms; `immediate` is bee-queue's. */
const STRATEGIES = {
  immediate: () => 0,
  exponential: ({ delay, maxDelay = DEFAULT_BACKOFF.maxDelayMs }, attempt) =>
    Math.min(delay * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS), maxDelay),
  fixed: ({ delay }) => delay,
} as const satisfies Record<string, (backoff: StoredBackoff, attempt: number) => number>;

/** The name of a strategy that every worker knows. */
export type BuiltInStrategy = keyof typeof STRATEGIES;

/** The names of strategies that every worker knows. */
export const BUILT_IN_STRATEGIES: readonly string[] = Object.keys(STRATEGIES);

/** Answers a strategy that is not built in with a delay in ms (negative: give up), or undefined if unknown. */
export type OwnStrategy = (strategy: string, error: Error) => number | undefined;

/** What the delay depends on. */
export interface RetryFacts {
  options: StoredOptions;
  /** The attempt that failed, 1 for the first. */
  attempt: number;
  error: Error;
  random: Clock['random'];
  ownStrategy: OwnStrategy;
}

/**
 * How long a failed job waits for its next attempt, in ms. A job of a stock producer that names no strategy is tried
 * again at once, as bee-queue does; one of ours waits exponentially longer, with full jitter.
 */
export function retryDelayMs({ options, attempt, error, random, ownStrategy }: RetryFacts): number {
  const backoff = options.backoff ?? (options.type === undefined ? IMMEDIATE : DEFAULT_WIRE);
  const { strategy } = backoff;
  if (isBuiltIn(strategy)) return builtInDelayMs(strategy, { backoff, attempt }, random);
  return ownStrategy(strategy, error) ?? -1;
}

/** How long a job of ours waits that says nothing of it, in ms. */
export function defaultDelayMs(attempt: number, random: Clock['random']): number {
  return builtInDelayMs(DEFAULT_BACKOFF.type, { backoff: DEFAULT_WIRE, attempt }, random);
}

function isBuiltIn(strategy: string): strategy is BuiltInStrategy {
  return Object.hasOwn(STRATEGIES, strategy);
}

function builtInDelayMs(
  strategy: BuiltInStrategy,
  { backoff, attempt }: { backoff: StoredBackoff; attempt: number },
  random: Clock['random'],
): number {
  const delayMs = Number(STRATEGIES[strategy](backoff, attempt));
  // Other programs store jobs too: what is no time is none.
  if (!(delayMs >= 0)) return 0;
  const chance = chanceOf(backoff);
  return Math.round(chance === 0 ? delayMs : delayMs * (1 - chance + chance * random()));
}

/** The part of the delay that is left to chance, from 0 to 1. */
function chanceOf({ jitter }: StoredBackoff): number {
  if (typeof jitter === 'number') return Math.min(Math.max(jitter, 0), 1);
  return jitter ? 1 : 0;
}

type StoredBackoff = NonNullable<StoredOptions['backoff']>;

const IMMEDIATE: StoredBackoff = { strategy: 'immediate', delay: 0 };

const DEFAULT_WIRE: StoredBackoff = {
  strategy: DEFAULT_BACKOFF.type,
  delay: DEFAULT_BACKOFF.delayMs,
  maxDelay: DEFAULT_BACKOFF.maxDelayMs,
  jitter: DEFAULT_BACKOFF.jitter,
};
