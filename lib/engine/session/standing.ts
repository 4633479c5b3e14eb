/** One call to Redis, in ms of the clock's growing time, and when Redis carried it out, by Redis's own clock. */
export interface Served {
  sentAt: number;
  repliedAt: number;
  redisNow: number;
}

/** So much later than the one before may a call come to Redis: this part of a lease, but no less than 250 ms. */
const MOST_LATE = 1 / 8;
const LEAST_LATE_MS = 250;
/** For this part of a lease it is kept for sure: two clocks do not run quite alike, and an answer takes its time. */
const SURE_PART = 0.8;

/**
 * Whether a session may judge others by their leases: only when it has kept its own for as long as a lease lasts, while
 * Redis served it without delay. So after an outage, and after a jump of Redis's clock, everybody has a lease's time to
 * come back before anybody is held to be dead. Why these numbers, is in docs/how-it-works.md.
 */
export class Standing {
  readonly #leaseMs: number;
  readonly #afterMs: number;
  readonly #mostLateMs: number;
  #spell = 0;
  #since = Number.POSITIVE_INFINITY;
  #last: { sentAt: number; offsetMs: number } | null = null;
  /** When the call was sent that wrote our lease last; null while this incarnation has none. */
  #writtenAt: number | null = null;

  /** It is good `afterMs` (default: a lease) after it began. */
  constructor(leaseMs: number, afterMs = leaseMs) {
    this.#leaseMs = leaseMs;
    this.#afterMs = afterMs;
    this.#mostLateMs = Math.max(LEAST_LATE_MS, leaseMs * MOST_LATE);
  }

  /** Takes note that Redis has written our lease. */
  renewed(served: Served): void {
    const { sentAt, repliedAt } = served;
    if (this.#last && sentAt - this.#last.sentAt >= this.#leaseMs) this.lose();
    this.saw(served);
    if (this.#last === null) this.#since = repliedAt;
    this.#last = { sentAt, offsetMs: offsetOf(served) };
    this.#writtenAt = sentAt;
  }

  /** Takes note that Redis has answered something else. */
  saw(served: Served): void {
    if (this.#last && Math.abs(offsetOf(served) - this.#last.offsetMs) > this.#mostLateMs) this.lose();
  }

  /** Begins anew under a new incarnation. */
  beginAnew(): void {
    this.#writtenAt = null;
    this.lose();
  }

  /**
   * Whether our lease cannot be over at this moment. When it may be, as after this process stood still, others may have
   * by now what we took; only a renewal tells.
   */
  isSure(now: number): boolean {
    return this.#writtenAt === null || now - this.#writtenAt < this.#leaseMs * SURE_PART;
  }

  /** Begins anew: Redis refused. */
  lose(): void {
    this.#spell++;
    this.#last = null;
    this.#since = Number.POSITIVE_INFINITY;
  }

  /** Which one this is: it is another each time that it begins anew. */
  get spell(): number {
    return this.#spell;
  }

  /** Whether our lease was written since it began. */
  get hasBegun(): boolean {
    return this.#last !== null;
  }

  /** Whether it is good, at this moment of the clock's growing time. */
  isGood(now: number): boolean {
    return (
      this.#last !== null && now - this.#last.sentAt < this.#leaseMs && now - this.#since >= this.#afterMs
    );
  }
}

/** How far Redis's clock was ahead when it carried a call out; a call that came late makes it seem further ahead. */
function offsetOf({ sentAt, redisNow }: Served): number {
  return redisNow - sentAt;
}
