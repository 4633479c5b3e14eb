import type { ActiveJob } from '../engine/pump/active-job.ts';
import { afterEnd, type TimeLimits } from '../engine/pump/timeout.ts';
import type { KitClock } from './kit-clock.ts';

/** Ends attempts whose timeout or deadline has come by the time of the test, which comes only by moving that. */
export class KitLimits implements TimeLimits {
  readonly #clock: KitClock;

  constructor(clock: KitClock) {
    this.#clock = clock;
  }

  within: TimeLimits['within'] = ({ job, running, bound }, decide) => {
    const endsAt = this.#clock.now() + bound.limitMs;
    const stop = this.#clock.onMoved(() => {
      if (this.#clock.now() >= endsAt) abort(job, bound.reason);
    });
    return afterEnd(running, (ending) => {
      stop();
      return decide(ending);
    });
  };
}

function abort(job: ActiveJob, reason: 'timeout' | 'deadline'): void {
  if (!job.hasEnded) job.abort(reason);
}
