/** A value of a histogram in Prometheus's terms: how many were at most `le`, or the `sum` or `count` of all. */
export type BucketLine = { part: 'bucket'; le: number | '+Inf'; value: number } | SumLine;
type SumLine = { part: 'sum' | 'count'; value: number };

/** How often a measured value was within which bounds. */
export class Buckets {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds` are the upper ends of the buckets, ascending; above the last there is one more. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** How many values there were. */
  get count(): number {
    return this.#count;
  }

  /** Counts a value, which is to be finite. */
  observe(value: number): void {
    this.#count++;
    this.#sum += value;
    for (let at = 0; at < this.#bounds.length; at++) {
      if (value > (this.#bounds[at] ?? 0)) continue;
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
      return;
    }
  }

  /** What Prometheus is told: each bucket with all below it, then the sum and the count. */
  lines(): BucketLine[] {
    let upTo = 0;
    const buckets = this.#bounds.map((le, at): BucketLine => {
      upTo += this.#counts[at] ?? 0;
      return { part: 'bucket', le, value: upTo };
    });
    return [
      ...buckets,
      { part: 'bucket', le: '+Inf', value: this.#count },
      { part: 'sum', value: this.#sum },
      { part: 'count', value: this.#count },
    ];
  }
}
