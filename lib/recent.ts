/**
 * Values by key, of which only those are kept that were asked for most recently: what is kept under names that callers
 * send must not grow with their imagination.
 */
export class Recent<Key, Value> {
  readonly #most: number;
  /** The one that was asked for last is last. */
  readonly #values = new Map<Key, Value>();
  /** The last one, which stays where it is: most ask for the same again and again. */
  #newest: Key | undefined;

  /** Keeps at most `most` values. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many there are. */
  get size(): number {
    return this.#values.size;
  }

  /** What is kept under a key, which counts as asked for; undefined when nothing is. */
  get(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined || key === this.#newest) return value;
    this.#toEnd(key, value);
    return value;
  }

  /** Keeps a value, and forgets the one that was not asked for the longest time when there are too many. */
  set(key: Key, value: Value): void {
    this.#toEnd(key, value);
    if (this.#values.size <= this.#most) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  /** The keys that were asked for last, the last first, at most `most`. */
  newestKeys(most: number): Key[] {
    return [...this.#values.keys()].slice(-most).reverse();
  }

  #toEnd(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    this.#newest = key;
  }
}
