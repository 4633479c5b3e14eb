import { lasts } from '../insist.ts';
import type { Place, Rival, RivalEngine } from './rival.ts';

/** As long as a call of ours waits for Redis. */
const LIMIT_MS = 5_000;
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
      const answer = this.#rival.then(ask).then((value) => ({ value }));
      const given = await Promise.race([answer, lasts(LIMIT_MS)]).catch(() => undefined);
      if (given) return given.value;
      answer.catch(() => undefined);
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
