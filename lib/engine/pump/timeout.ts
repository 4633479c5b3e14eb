import { MAX_TIMER_MS } from '../../clock.ts';
import { afterSettled } from '../../promises.ts';
import type { ActiveJob } from './active-job.ts';
import type { Ending } from './outcome.ts';
import type { TimeBound } from './time-bounds.ts';

/** Decides what comes of how an attempt ended, at once or later. */
export type Decide<T> = (ending: Ending) => T | PromiseLike<T>;

/**
 * Resolves with what `decide` makes of how a running handler ended that has no limit; rejects only with what it
 * throws.
 */
export function afterEnd<T>(running: PromiseLike<unknown>, decide: Decide<T>): Promise<T> {
  return afterSettled(
    running,
    (value) => decide({ kind: 'returned', value }),
    (thrown) => decide({ kind: 'threw', thrown }),
  );
}

/** A running handler, and how long its attempt may take. */
export interface Timed {
  job: ActiveJob;
  running: PromiseLike<unknown>;
  bound: TimeBound;
  /** Whether an attempt whose time is over goes on until its handler has ended, or the grace is over. */
  waitsForEnd: boolean;
}

/** What happens to attempts whose time is over. */
export interface TimeoutRule {
  /** How long a handler may go on after its signal was aborted before its slot is taken from it. */
  graceMs: number;
  /** Called at once when the time of an attempt is over and its handler does not end by that. */
  onOverdue: (timed: Timed) => void;
  /** Called when a handler ends whose attempt has ended before it: what came of it is dropped. */
  onLate: (timed: Timed, ending: Ending) => void;
  /** Called when it went on even after the grace. */
  onDeaf: (timed: Timed) => void;
}

/** What keeps running handlers within their time. */
export interface TimeLimits {
  /**
   * Resolves with what `decide` makes of how a running handler ended, and rejects only with what `decide` throws. When
   * its time is over its signal is aborted. If it does not end by that, its attempt ends without it, unless that waits
   * for its end; its slot stays taken until it really ends, or until the grace is over: then it is left to itself.
   */
  within<T>(timed: Timed, decide: Decide<T>): Promise<T>;
}

/** What an attempt comes to that ends without its handler: whatever that would do, its time is over. */
export const WITHOUT_HANDLER: Ending = { kind: 'returned', value: undefined };

/** A handler that is watched. */
class Watch implements Timed {
  readonly job: ActiveJob;
  readonly running: PromiseLike<unknown>;
  readonly bound: TimeBound;
  readonly waitsForEnd: boolean;
  /** Whether the attempt has ended, and whether its handler has. */
  hasEnded = false;
  isOver = false;
  /** Frees the slot, where the attempt has ended before its handler. */
  vacate: (() => void) | null = null;
  timer: NodeJS.Timeout | null = null;
  readonly #settle: (ending: Ending) => void;

  /** `settle` is called once, when the attempt ends. */
  constructor({ job, running, bound, waitsForEnd }: Timed, settle: (ending: Ending) => void) {
    this.job = job;
    this.running = running;
    this.bound = bound;
    this.waitsForEnd = waitsForEnd;
    this.#settle = settle;
  }

  /** Ends the attempt. */
  end(ending: Ending): void {
    this.hasEnded = true;
    this.#settle(ending);
  }
}

/**
 * Goes by timers. One is set only for a handler that outlives the turn of the event loop in which it began: most jobs
 * of a busy queue do not.
 */
export class TimerLimits implements TimeLimits {
  readonly #rule: TimeoutRule;
  #begun: Watch[] = [];

  constructor(rule: TimeoutRule) {
    this.#rule = rule;
  }

  within<T>(timed: Timed, decide: Decide<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const watch = new Watch(timed, (ending) => {
        try {
          resolve(decide(ending));
        } catch (thrown) {
          reject(thrown);
        }
      });
      if (this.#begun.push(watch) === 1) setImmediate(this.#setTimers);
      void afterSettled(
        timed.running,
        (value) => this.#over(watch, { kind: 'returned', value }),
        (thrown) => this.#over(watch, { kind: 'threw', thrown }),
      );
    });
  }

  readonly #setTimers = (): void => {
    const begun = this.#begun;
    this.#begun = [];
    for (const watch of begun) {
      if (watch.isOver) continue;
      // After a stop nobody waits for it any more: it must not keep the process.
      const limitMs = Math.min(watch.bound.limitMs, MAX_TIMER_MS);
      watch.timer = setTimeout(() => this.#abort(watch), limitMs).unref();
    }
  };

  #abort(watch: Watch): void {
    watch.job.abort(watch.bound.reason);
    watch.timer = setTimeout(() => this.#giveUp(watch), this.#rule.graceMs).unref();
    setImmediate(() => {
      if (!watch.isOver) this.#overdue(watch);
    });
  }

  #overdue(watch: Watch): void {
    this.#rule.onOverdue(watch);
    // Of one whose claim is gone nothing is to be told before its end.
    if (watch.waitsForEnd || watch.hasEnded || !watch.job.isOurs) return;
    const vacated = new Promise<void>((vacate) => {
      watch.vacate = vacate;
    });
    watch.job.linger(vacated);
    watch.end(WITHOUT_HANDLER);
  }

  #giveUp(watch: Watch): void {
    this.#rule.onDeaf(watch);
    if (!watch.hasEnded) watch.end(WITHOUT_HANDLER);
    watch.vacate?.();
  }

  /** Its handler has ended. */
  #over(watch: Watch, ending: Ending): void {
    watch.isOver = true;
    if (watch.timer) clearTimeout(watch.timer);
    if (!watch.hasEnded) watch.end(ending);
    else {
      watch.vacate?.();
      this.#rule.onLate(watch, ending);
    }
  }
}
