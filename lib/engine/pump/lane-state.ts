import { type Clock, NEVER } from '../../clock.ts';

const FIRST_BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 5_000;

/**
 * Whether a lane may take jobs: it is `ready` (there may be some), `empty` (a blocking wait is out for the next one),
 * `paused` (what ends is still settled) or `resting` (Redis failed). A timer makes it ready again.
 */
export class LaneState {
  is: 'ready' | 'empty' | 'paused' | 'resting' = 'ready';
  readonly #clock: Clock;
  readonly #wake: () => void;
  #isTimed = false;
  readonly #failures = { exchange: 0, wait: 0 };

  /** `wake` is called whenever it is ready again. */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Is ready now. */
  goOn(): void {
    this.is = 'ready';
    this.#wake();
  }

  /** Is in this state until it is ready in `delayMs`, or sooner where a timer runs already. */
  rest(state: 'empty' | 'paused' | 'resting', delayMs: number): void {
    this.is = state;
    if (this.#isTimed) return;
    this.#isTimed = true;
    const rested = (): void => {
      this.#isTimed = false;
      this.goOn();
    };
    this.#clock.sleep(delayMs, NEVER).then(rested, rested);
  }

  /**
   * Rests after a failure of this kind, longer after each further one: a Redis that is full refuses the waits alone.
   */
  backOff(kind: 'exchange' | 'wait'): void {
    const delayMs = Math.min(MOST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures[kind]++);
    this.rest('resting', delayMs * (0.5 + this.#clock.random() / 2));
  }

  /** The failures of this kind are over. */
  succeeded(kind: 'exchange' | 'wait'): void {
    this.#failures[kind] = 0;
  }
}
