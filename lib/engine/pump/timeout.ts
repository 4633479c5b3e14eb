import { MAX_TIMER_MS } from '../../clock.ts';
import { afterSettled } from '../../promises.ts';
import type { ActiveJob } from './active-job.ts';
import type { Ending } from './outcome.ts';
import type { TimeBound } from './time-bounds.ts';

/**
 * Resolves with what `decide` makes of how a running handler ended that has no limit; rejects only with what it
 * throws.
 */
export function afterEnd<T>(running: PromiseLike<unknown>, decide: (ending: Ending) => T): Promise<T> {
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
}

/** What happens to attempts whose time is over. */
export interface TimeoutRule {
  /** How long a handler may go on after its signal was aborted before its slot is taken from it. */
  graceMs: number;
  /** Called at once when the time of an attempt is over and it does not end by that. */
  onOverdue: (timed: Timed) => void;
  /** Called when it went on even after that. */
  onDeaf: (timed: Timed) => void;
}

interface Watch extends Timed {
  end: (ending: Ending) => void;
  timer: NodeJS.Timeout | null;
  hasEnded: boolean;
}

/** What keeps running handlers within their time. */
export interface TimeLimits {
  /**
   * Resolves with what `decide` makes of how a running handler ended, and rejects only with what `decide` throws. When
   * its time is over its signal is aborted, and its slot stays taken until it really ends, or until the grace is over:
   * then it is left to itself.
   */
  within<T>(timed: Timed, decide: (ending: Ending) => T): Promise<T>;
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

  within<T>({ job, running, bound }: Timed, decide: (ending: Ending) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (ending: Ending): void => {
        endWatch(watch);
        try {
          resolve(decide(ending));
        } catch (thrown) {
          reject(thrown);
        }
      };
      const watch: Watch = { job, running, bound, end, timer: null, hasEnded: false };
      if (this.#begun.push(watch) === 1) setImmediate(this.#setTimers);
      void afterEnd(running, end);
    });
  }

  readonly #setTimers = (): void => {
    const begun = this.#begun;
    this.#begun = [];
    for (const watch of begun) {
      if (watch.hasEnded) continue;
      // After a stop nobody waits for it any more: it must not keep the process.
      const limitMs = Math.min(watch.bound.limitMs, MAX_TIMER_MS);
      watch.timer = setTimeout(() => this.#abort(watch), limitMs).unref();
    }
  };

  #abort(watch: Watch): void {
    watch.job.abort(watch.bound.reason);
    watch.timer = setTimeout(() => this.#giveUp(watch), this.#rule.graceMs).unref();
    setImmediate(() => {
      if (!watch.hasEnded) this.#rule.onOverdue(watch);
    });
  }

  #giveUp(watch: Watch): void {
    this.#rule.onDeaf(watch);
    watch.end({ kind: 'returned', value: undefined });
  }
}

function endWatch(watch: Watch): void {
  watch.hasEnded = true;
  if (watch.timer) clearTimeout(watch.timer);
}
