import { lasts } from '../insist.ts';
import type { Place, Rival, RivalEngine } from './rival.ts';

/** As long as a call of ours waits for Redis. */
const LIMIT_MS = 5_000;
/** Longer than Redis is away in one go: whoever connects tries again by itself. */
const OPENS_WITHIN_MS = 40_000;
const PAUSE_MS = 250;

/**
 * Asks another engine until it answers, as its callers have to: a call that fails, or hangs, is made again over a new
 * connection. So what it does once for each connection, such as to load its scripts, is done again.
 */
export class Asker {
  readonly #engine: RivalEngine;
  readonly #place: Place;
  #rival: Promise<Rival> | null = null;

  constructor(engine: RivalEngine, place: Place) {
    this.#engine = engine;
    this.#place = place;
  }

  async insist<T>(ask: (rival: Rival) => Promise<T>): Promise<T> {
    for (;;) {
      this.#rival ??= this.#engine.open(this.#place);
      const rival = await within(this.#rival, OPENS_WITHIN_MS);
      const given = rival && (await within(ask(rival.value), LIMIT_MS));
      if (given) return given.value;
      this.close();
      await lasts(PAUSE_MS);
    }
  }

  /** Leaves the connection, and waits for nothing: what it asked may never be answered. */
  close(): void {
    this.#rival?.then((rival) => rival.close()).catch(() => undefined);
    this.#rival = null;
  }
}

/** What comes within a time; null for what fails or does not come. */
async function within<T>(answer: Promise<T>, limitMs: number): Promise<{ value: T } | null> {
  const given = answer.then(
    (value) => ({ value }),
    () => null,
  );
  return Promise.race([given, lasts(limitMs).then(() => null)]);
}
