import type { Clock } from './clock.ts';

/** How long one cause is not told of again. */
const WINDOW_MS = 60_000;
/** Causes may be made of what others send: the one told of longest ago is forgotten. */
const MOST_CAUSES = 200;

/** When a cause was told of last, and how often it came since. */
interface Told {
  at: number;
  untold: number;
}

/** Lets one in a minute through of what comes again and again, for each of the last 200 causes. */
export class Repeats {
  readonly #clock: Clock;
  readonly #told = new Map<string, Told>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often a cause came since it was told of last, when it is to be told of now; else null. */
  untold(cause: string): number | null {
    const now = this.#clock.elapsed();
    const known = this.#told.get(cause);
    if (known && now - known.at < WINDOW_MS) {
      known.untold++;
      return null;
    }
    this.#told.delete(cause);
    this.#told.set(cause, { at: now, untold: 0 });
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST_CAUSES && oldest !== undefined) this.#told.delete(oldest);
    return known?.untold ?? 0;
  }
}
