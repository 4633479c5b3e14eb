/** The cells of the memory that both threads see. */
const BEATS = 0;
const ALLOWED_MS = 1;
const BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
const MOST_MS = 2 ** 31 - 1;

/**
 * What the main thread tells of itself in memory that another thread sees: that it lives, and for how long it may be
 * blocked. No message is needed for it, so the other one sees a block at once.
 */
export class Heartbeat {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** Default: new memory. */
  constructor(memory = new SharedArrayBuffer(BYTES)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** How often it has beaten, as a number that only has to differ from the one before. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  /** For how long it may be blocked before it counts as hung, in ms. */
  get allowedMs(): number {
    return Atomics.load(this.#cells, ALLOWED_MS);
  }

  /** Says that it lives. */
  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Says for how long it may be blocked. */
  allow(ms: number): void {
    Atomics.store(this.#cells, ALLOWED_MS, Math.min(ms, MOST_MS));
  }
}
