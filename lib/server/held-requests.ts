import { ApiaryError } from '../errors.ts';

/** How many requests of one kind are held open, and until when. */
export interface HeldRequestsOptions {
  most: number;
  /** What they do, for the refusal of one too many: `wait for the end of a job`. */
  what: string;
  /** Aborted when the server closes: it ends them all. */
  closing?: AbortSignal | undefined;
}

/**
 * Requests that are answered later than others: each takes memory and a connection as long as it is held, so there are
 * only so many. They end with their clients, and with the rights of those, and all of them when the server closes.
 */
export class HeldRequests {
  readonly #options: HeldRequestsOptions;
  readonly #held = new Set<AbortController>();

  constructor(options: HeldRequestsOptions) {
    this.#options = options;
    options.closing?.addEventListener('abort', () => this.#endAll(), { once: true });
  }

  /** How many are held now. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Holds a request for as long as `work` takes, which is to end soon after its signal aborts: the client is gone, or
   * the server closes. Throws TOO_MANY_HELD when there is no place.
   */
  async hold<T>(gone: AbortSignal, work: (over: AbortSignal) => Promise<T>): Promise<T> {
    const { most, what, closing } = this.#options;
    if (this.#held.size >= most) {
      throw new ApiaryError('TOO_MANY_HELD', `${most} requests ${what} here already, which is the most`);
    }
    const over = new AbortController();
    const end = (): void => over.abort();
    if (gone.aborted || closing?.aborted) end();
    gone.addEventListener('abort', end, { once: true });
    this.#held.add(over);
    try {
      return await work(over.signal);
    } finally {
      gone.removeEventListener('abort', end);
      this.#held.delete(over);
    }
  }

  #endAll(): void {
    for (const over of this.#held) over.abort();
  }
}
