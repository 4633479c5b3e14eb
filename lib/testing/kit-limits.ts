import type { Ending } from '../engine/pump/outcome.ts';
import {
  afterEnd,
  type Decide,
  type Timed,
  type TimeLimits,
  WITHOUT_HANDLER,
} from '../engine/pump/timeout.ts';
import type { KitClock } from './kit-clock.ts';

/**
 * Ends attempts whose timeout or deadline has come by the time of the test, which comes only by moving that. What
 * becomes of the job is decided then, as in a worker; the kit waits for the handler all the same, as it runs one at a
 * time.
 */
export class KitLimits implements TimeLimits {
  readonly #clock: KitClock;

  constructor(clock: KitClock) {
    this.#clock = clock;
  }

  within: TimeLimits['within'] = <T>(timed: Timed, decide: Decide<T>) => {
    const { job, running, bound, waitsForEnd } = timed;
    const endsAt = this.#clock.now() + bound.limitMs;
    let decided: { outcome: T | PromiseLike<T> } | null = null;
    const decideOnce = (ending: Ending): T | PromiseLike<T> => {
      decided ??= { outcome: decide(ending) };
      return decided.outcome;
    };
    const stop = this.#clock.onMoved(() => {
      if (this.#clock.now() < endsAt || job.hasEnded) return;
      job.abort(bound.reason);
      if (!waitsForEnd && job.isOurs) decideOnce(WITHOUT_HANDLER);
    });
    return afterEnd(running, (ending) => {
      stop();
      return decideOnce(ending);
    });
  };
}
