import type { Clock } from '../../clock.ts';

/** What waiting at the end of a pump needs. */
export interface BoundedWaitDeps {
  clock: Clock;
  /** Called again and again while something is waited for. */
  wake: () => void;
  /** Told what failed meanwhile. */
  onTrouble: (error: unknown) => void;
}

const POLL_MS = 5;

/** Waits at the end of a pump, for which Redis may be needed and away: never longer than said, and never rejecting. */
export class BoundedWait {
  readonly #deps: BoundedWaitDeps;

  constructor(deps: BoundedWaitDeps) {
    this.#deps = deps;
  }

  /** Resolves when it is done, or the time is over. */
  async until(isDone: () => boolean, limitMs: number): Promise<void> {
    const { clock, wake } = this.#deps;
    const limit = clock.elapsed() + limitMs;
    while (!isDone() && clock.elapsed() < limit) {
      wake();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Resolves when the work is done or has failed, or the time is over. */
  async within(limitMs: number, work: Promise<unknown>): Promise<void> {
    const limit = new AbortController();
    const done = work.catch(this.#deps.onTrouble);
    await Promise.race([done, this.#deps.clock.sleep(limitMs, limit.signal)]);
    limit.abort();
  }
}
