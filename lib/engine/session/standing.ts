import { offsetOf, type Served, serviceOf } from './served.ts';
import { msBehind, Spells } from './spells.ts';

/** So much later than the one before may a call come to Redis: this part of a lease, but no less than 250 ms. */
const MOST_LATE = 1 / 8;
const LEAST_LATE_MS = 250;
/** For this part of a lease it is kept for sure: two clocks do not run quite alike, and an answer takes its time. */
const SURE_PART = 0.8;
/** Whoever lost Redis is back within this part of a lease after it serves again. */
const RETURN_PART = 0.5;

/**
 * Whether a session may judge others by their leases: by what it has seen while it kept its own and Redis served it
 * without delay. Each such time is a spell, which ends with an outage or a jump of Redis's clock. So nobody is held to
 * be dead for time in which he could not be heard. Why these numbers, is in docs/how-it-works.md.
 */
export class Standing {
  readonly #leaseMs: number;
  readonly #afterMs: number;
  readonly #mostLateMs: number;
  readonly #before = new Spells();
  #spell = 0;
  #since = Number.POSITIVE_INFINITY;
  /** When the call was sent that renewed our lease last in this spell; null where it has not begun. */
  #renewedAt: number | null = null;
  /** Until when Redis has served in this spell, as far as it was seen. */
  #seenAt = Number.NEGATIVE_INFINITY;
  /** How far Redis's clock is ahead of our time, as far as it is known. */
  #offsetMs: number | null = null;
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
    if (this.#renewedAt !== null && sentAt - this.#renewedAt >= this.#leaseMs) this.lose();
    const isPrompt = this.#see(served);
    // One that waited through an outage tells nothing new of Redis's clock.
    if (isPrompt || this.#offsetMs === null) this.#offsetMs = offsetOf(served);
    if (this.#renewedAt === null) {
      this.#since = repliedAt;
      this.#seenAt = repliedAt;
    }
    this.#renewedAt = sentAt;
    this.#writtenAt = sentAt;
  }

  /** Takes note that Redis has answered something else. */
  saw(served: Served): void {
    this.#see(served);
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
    if (this.#renewedAt !== null) this.#before.add({ from: this.#since, until: this.#seenAt });
    this.#spell++;
    this.#renewedAt = null;
    this.#since = Number.POSITIVE_INFINITY;
  }

  /** Which one this is: it is another each time that it begins anew. */
  get spell(): number {
    return this.#spell;
  }

  /** Whether our lease was written since it began. */
  get hasBegun(): boolean {
    return this.#renewedAt !== null;
  }

  /** Whether it is good, at this moment of the clock's growing time. */
  isGood(now: number): boolean {
    return this.#lastsFor(this.#afterMs, now);
  }

  /**
   * Whether a lease that ended at that time by Redis's clock says that its holder is dead: he would have renewed it in
   * what is seen of the time since he last did, and he has had the time to come back. `leaseMs` is how long it was,
   * null where nobody knows.
   */
  isOutlived({ endedAt, leaseMs }: { endedAt: number; leaseMs: number | null }, now: number): boolean {
    const returnMs = Math.min(this.#afterMs, this.#leaseMs * RETURN_PART);
    if (this.#offsetMs === null || !this.#lastsFor(returnMs, now)) return false;
    const wholeMs = leaseMs ?? this.#leaseMs;
    const writtenAt = endedAt - wholeMs - this.#offsetMs;
    const seenMs = this.#before.msSince(writtenAt) + msBehind(writtenAt, { from: this.#since, until: now });
    return seenMs >= Math.min(this.#afterMs, wholeMs);
  }

  #lastsFor(ms: number, now: number): boolean {
    return this.#renewedAt !== null && now - this.#renewedAt < this.#leaseMs && now - this.#since >= ms;
  }

  /** Whether a call was as prompt as those before; otherwise the spell is over. */
  #see(served: Served): boolean {
    const service = this.#offsetMs === null ? 'prompt' : serviceOf(served, this.#offsetMs, this.#mostLateMs);
    if (service === 'prompt') {
      this.#seenAt = Math.max(this.#seenAt, served.sentAt);
      return true;
    }
    this.lose();
    if (service === 'clockSet') {
      // What Redis wrote before cannot be told in our time.
      this.#before.forget();
      this.#offsetMs = null;
    }
    return false;
  }
}
