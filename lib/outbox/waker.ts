/** Wakes who sleeps until there may be rows. A call while nobody sleeps is kept for the next sleep. */
export class Waker {
  #nap = new AbortController();

  /** Ends the sleep under way, or the next one. */
  readonly wake = (): void => this.#nap.abort();

  /** The signal that ends the next sleep; what was called before counts no more. */
  next(): AbortSignal {
    if (this.#nap.signal.aborted) this.#nap = new AbortController();
    return this.#nap.signal;
  }
}
