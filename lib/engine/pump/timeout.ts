import { MAX_TIMER_MS } from '../../clock.ts';
import { afterSettled } from '../../promises.ts';
import type { ActiveJob } from './active-job.ts';
import type { Ending } from './outcome.ts';
import type { TimeBound } from './time-bounds.ts';

/** Resolves with what `decide` makes of how a running handler ended that has no limit; rejects only with what it throws. */
export function afterEnd<T>(running: PromiseLike<unknown>, decide: (ending: Ending) => T): Promise<T> {
  return afterSettled(
    running,
    (value) => decide({ kind: 'returned', value }),
    (thrown) => decide({ kind: 'threw', thrown }),
  );
}

/** How long an attempt may take, and what happens after. */
export interface TimeoutRule {
  bound: TimeBound;
  /** How long the handler may go on after its signal was aborted before its slot is taken from it. */
  graceMs: number;
  /** Called at once when its time is over and it does not end by that. */
  onOverdue: (bound: TimeBound) => void;
  /** Called when it went on even after that. */
  onDeaf: () => void;
}

interface Watch {
  job: ActiveJob;
  rule: TimeoutRule;
  giveUp: () => void;
  timer: NodeJS.Timeout | null;
  hasEnded: boolean;
}

/**
 * Keeps running handlers within their timeouts. A timer is set only for one that outlives the turn of the event loop
 * in which it began: most jobs of a busy queue do not.
 */
export class TimeLimits {
  #begun: Watch[] = [];

  /**
   * Resolves with what `decide` makes of how a running handler ended, and rejects only with what `decide` throws. After the timeout its signal is aborted and its
   * slot stays taken until it really ends, or until the grace is over: then it is left to itself.
   */
  within<T>(
    { job, running, rule }: { job: ActiveJob; running: PromiseLike<unknown>; rule: TimeoutRule },
    decide: (ending: Ending) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        rule.onDeaf();
        end({ kind: 'returned', value: undefined });
      };
      const watch: Watch = { job, rule, giveUp, timer: null, hasEnded: false };
      const end = (ending: Ending): void => {
        endWatch(watch);
        try {
          resolve(decide(ending));
        } catch (thrown) {
          reject(thrown);
        }
      };
      this.#watch(watch);
      void afterEnd(running, end);
    });
  }

  #watch(watch: Watch): void {
    if (this.#begun.push(watch) === 1) setImmediate(() => this.#setTimers());
  }

  #setTimers(): void {
    const begun = this.#begun;
    this.#begun = [];
    for (const watch of begun) {
      if (watch.hasEnded) continue;
      // After a stop nobody waits for it any more: it must not keep the process.
      watch.timer = setTimeout(() => abort(watch), Math.min(watch.rule.bound.limitMs, MAX_TIMER_MS)).unref();
    }
  }
}

function abort(watch: Watch): void {
  const { bound } = watch.rule;
  watch.job.abort(bound.reason);
  watch.timer = setTimeout(watch.giveUp, watch.rule.graceMs).unref();
  setImmediate(() => {
    if (!watch.hasEnded) watch.rule.onOverdue(bound);
  });
}

function endWatch(watch: Watch): void {
  watch.hasEnded = true;
  if (watch.timer) clearTimeout(watch.timer);
}
