import type { Clock } from '../clock.ts';

/** What the census works with. */
export interface QueueCensusDeps {
  /** Looks through the whole key space of Redis. */
  search: () => Promise<readonly string[]>;
  clock: Clock;
}

interface Count {
  names: readonly string[];
  freshUntil: number;
}

/**
 * A list is good for a second, or for twenty times as long as it took to make it: then it costs Redis a twentieth at
 * most.
 */
const FRESH = { leastMs: 1_000, perTookMs: 20, mostMs: 60_000 };
/** So long an old list waits for the new one. */
const PATIENCE_MS = 250;

/**
 * Knows the names of all queues without a search for each who asks: all share one, and while a search takes long its
 * predecessor serves.
 */
export class QueueCensus {
  readonly #deps: QueueCensusDeps;
  #last: Count | null = null;
  #counting: Promise<Count> | null = null;

  constructor(deps: QueueCensusDeps) {
    this.#deps = deps;
  }

  /**
   * The names of all queues, sorted; the same list until another is made. It is a second old at most, and in a Redis of
   * millions of keys a minute. Rejects when Redis is away and no list is fresh.
   */
  async names(): Promise<readonly string[]> {
    const { clock } = this.#deps;
    if (this.#last && clock.elapsed() < this.#last.freshUntil) return this.#last.names;
    const counting = this.#begin();
    if (!this.#last) return (await counting).names;
    const patience = new AbortController();
    const late = clock.sleep(PATIENCE_MS, patience.signal).then(() => this.#last ?? counting);
    try {
      return (await Promise.race([counting, late])).names;
    } finally {
      patience.abort();
    }
  }

  /** Makes the next who asks count anew, because queues were made or deleted. */
  forget(): void {
    this.#last = null;
    // The search under way may have passed the place of what has changed.
    this.#counting = null;
  }

  #begin(): Promise<Count> {
    if (this.#counting) return this.#counting;
    const counting = this.#count();
    this.#counting = counting;
    const keep = (last: Count | null): void => {
      if (this.#counting !== counting) return;
      this.#counting = null;
      this.#last = last ?? this.#last;
    };
    counting.then(keep, () => keep(null));
    return counting;
  }

  async #count(): Promise<Count> {
    const { clock, search } = this.#deps;
    const beganAt = clock.elapsed();
    const names = await search();
    const tookMs = clock.elapsed() - beganAt;
    const freshMs = Math.min(FRESH.mostMs, Math.max(FRESH.leastMs, FRESH.perTookMs * tookMs));
    return { names, freshUntil: beganAt + freshMs };
  }
}
