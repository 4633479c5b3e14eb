import type { Clock } from '../../clock.ts';

/** Redis's clock, as near as the last reply tells. */
export class RedisTime {
  readonly #clock: Clock;
  #ms = 0;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of what it shows now, epoch milliseconds. */
  note(ms: number): void {
    this.#ms = ms;
    this.#notedAt = this.#clock.elapsed();
  }

  /** Epoch milliseconds at a moment of the clock's growing time. */
  at(elapsedMs: number): number {
    return Math.round(this.#ms + elapsedMs - this.#notedAt);
  }
}
