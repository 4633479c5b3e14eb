/** A queue of events by their time, for simulations: the earliest comes first, and of one time the one put in first. */
export class Events {
  #now = 0;
  #count = 0;
  readonly #heap: { at: number; nth: number; run: () => void }[] = [];

  /** The time of the event that is running, in µs. */
  get now(): number {
    return this.#now;
  }

  /** Has something happen in so many µs. */
  in(us: number, run: () => void): void {
    this.#push({ at: this.#now + us, nth: this.#count++, run });
  }

  /** Runs all events up to a time, in µs. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #push(event: { at: number; nth: number; run: () => void }): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[above])) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = isBefore(heap[left], heap[at]) ? left : at;
      if (isBefore(heap[right], heap[least])) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    const [a, b] = [heap[one], heap[other]];
    if (a && b) [heap[one], heap[other]] = [b, a];
  }
}

function isBefore(one?: { at: number; nth: number }, other?: { at: number; nth: number }): boolean {
  if (!one || !other) return false;
  return one.at < other.at || (one.at === other.at && one.nth < other.nth);
}

/** Something that serves one at a time, in the order of asking: a primary, the event loop of a worker, a core. */
export class Server {
  readonly #events: Events;
  readonly #asked: { us: number; done: () => void }[] = [];
  #isBusy = false;
  #stillUntil = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  /** Works for so many µs once it is free; `done` is called after that. */
  serve(us: number, done: () => void): void {
    this.#asked.push({ us, done });
    if (!this.#isBusy) this.#next();
  }

  /** Begins nothing for so many µs from now on. */
  pause(us: number): void {
    this.#stillUntil = this.#events.now + us;
  }

  #next(): void {
    const next = this.#asked.shift();
    this.#isBusy = next !== undefined;
    if (!next) return;
    const stillUs = Math.max(0, this.#stillUntil - this.#events.now);
    this.#events.in(stillUs + next.us, () => {
      next.done();
      this.#next();
    });
  }
}
