import type { RequestHandler } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import { Recent } from '../../recent.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { ANYBODY, callerOf } from './access.ts';

/** How often a key may call: of those that are not named, `*` says it. */
export interface KeyRate {
  readonly name: string;
  readonly perSecond: number;
}

/** For how many keys it is kept in mind what they did. */
const MOST_KEPT = 10_000;
/** What a key has not used up to now it may use at once, for so long back. */
const SAVED_MS = 1_000;

/** Counts the calls of each key, in this process: a bucket that holds the calls of one second. */
export class KeyRates {
  readonly #perSecond: ReadonlyMap<string, number>;
  readonly #clock: Clock;
  /** By key, until when its calls so far would have taken at an even pace. */
  readonly #takenUntil = new Recent<string, number>(MOST_KEPT);

  constructor(rates: readonly KeyRate[], clock: Clock = systemClock) {
    this.#perSecond = new Map(rates.map(({ name, perSecond }) => [name, perSecond]));
    this.#clock = clock;
  }

  /** Counts one call, if the key may make it: 0 then, else how long until it may, in ms. */
  admit(key: string): number {
    const intervalMs = this.#intervalMs(key);
    if (intervalMs === 0) return 0;
    const waitMs = this.#owedMs(key) + intervalMs - SAVED_MS;
    // What is less than a rounding error is nothing.
    if (waitMs > 1e-6) return waitMs;
    this.spend(key, 1);
    return 0;
  }

  /** Counts further calls whether or not the key may make them: it waits the longer for its next one. */
  spend(key: string, calls: number): void {
    const intervalMs = this.#intervalMs(key);
    if (intervalMs === 0 || calls <= 0) return;
    this.#takenUntil.set(key, this.#clock.elapsed() + this.#owedMs(key) + calls * intervalMs);
  }

  #owedMs(key: string): number {
    return Math.max(0, (this.#takenUntil.get(key) ?? 0) - this.#clock.elapsed());
  }

  #intervalMs(key: string): number {
    const perSecond = this.#perSecond.get(key) ?? this.#perSecond.get('*');
    return perSecond === undefined ? 0 : 1_000 / perSecond;
  }
}

/** Answers 429, with `Retry-After`, a call of a key that has made too many. */
export function requireRate(rates: KeyRates): RequestHandler {
  return (_request, response, next) => {
    const caller = callerOf(response);
    const waitMs = caller === ANYBODY ? 0 : rates.admit(caller.name);
    if (waitMs === 0) return next();
    const seconds = String(Math.ceil(waitMs / 1_000));
    const problem = httpProblem(
      429,
      `the key ${caller.name} has made too many calls; try again in ${seconds} s`,
    );
    sendProblem(response, problem, { 'Retry-After': seconds });
  };
}
