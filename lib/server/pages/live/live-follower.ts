import type { Response } from 'express';
import type { Clock } from '../../../clock.ts';
import type { LiveMessage } from './live-message.ts';

/** Who has not taken in what was sent for so long is cut off, ms. */
const SLOW_MS = 10_000;

/** Somebody who follows a page. What comes while they are slow is not kept for them: the next is of now. */
export class LiveFollower {
  readonly #response: Response;
  readonly #clock: Clock;
  /** What they have been sent; null for nothing yet. */
  #version: number | null = null;
  #slowSince: number | null = null;

  constructor(response: Response, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
  }

  /** Sends what is new to them; cuts off who has taken in nothing for ten seconds. */
  tell({ version, whole, tick }: LiveMessage): void {
    const { destroyed, writableEnded, writableNeedDrain } = this.#response;
    if (destroyed || writableEnded) return;
    if (writableNeedDrain) {
      this.#slowSince ??= this.#clock.elapsed();
      if (this.#clock.elapsed() - this.#slowSince >= SLOW_MS) this.#response.destroy();
      return;
    }
    this.#slowSince = null;
    this.#response.write(version === this.#version ? tick : whole);
    if (version !== null) this.#version = version;
  }
}
