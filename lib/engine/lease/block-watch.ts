import type { Heartbeat } from './heartbeat.ts';

/** What is known of the main thread: it `lives`, is `blocked`, or `hung`: blocked for longer than it may be. */
export type MainState = { is: 'living' } | { is: 'blocked' | 'hung'; forMs: number };

/** Tells from its heartbeat whether the main thread is blocked. */
export class BlockWatch {
  readonly #heartbeat: Pick<Heartbeat, 'beats' | 'allowedMs'>;
  readonly #leastMs: number;
  #beats: number | null = null;
  #beatenAt = 0;

  /** A silence that is shorter than `leastMs` is no block. */
  constructor(heartbeat: Pick<Heartbeat, 'beats' | 'allowedMs'>, leastMs: number) {
    this.#heartbeat = heartbeat;
    this.#leastMs = leastMs;
  }

  /** Looks at it, at this moment of a growing clock (ms). */
  look(now: number): MainState {
    const { beats, allowedMs } = this.#heartbeat;
    if (beats !== this.#beats) {
      this.#beats = beats;
      this.#beatenAt = now;
    }
    const forMs = now - this.#beatenAt;
    if (forMs < this.#leastMs) return { is: 'living' };
    return { is: forMs < allowedMs ? 'blocked' : 'hung', forMs };
  }
}
