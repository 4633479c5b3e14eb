import type { Clock } from '../clock.ts';

/** For how long who closes waits for the calls under way, in ms; what Redis has not answered by then is given up. */
export const CLOSE_LIMIT_MS = 5_000;

/** What was begun and has not ended, so that who closes can wait for it. */
export class UnderWay {
  readonly #all = new Set<Promise<unknown>>();

  /** Takes note of one until it ends, one way or the other; hands it back. */
  add<T>(one: Promise<T>): Promise<T> {
    const forget = (): void => {
      this.#all.delete(one);
    };
    this.#all.add(one);
    one.then(forget, forget);
    return one;
  }

  /** Resolves when all that is under way now has ended; what begins later is not waited for. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#all);
  }
}

/** Resolves when the promise does, or after `limitMs`, whichever is first; whatever becomes of the promise. */
export async function within(clock: Clock, limitMs: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const settled = promise.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, clock.sleep(limitMs, over.signal)]);
  over.abort();
}
