import { offsetOf, type Served } from './served.ts';
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
  readonly #before: Spells;
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
    this.#before = new Spells(this.#mostLateMs);
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
    this.#before.saw(served);
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
    if (this.#last) this.#before.add({ from: this.#since, until: this.#last.sentAt }, this.#last.offsetMs);
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
    return this.#lastsFor(this.#afterMs, now);
  }

  /**
   * Whether a lease that ended at that time by Redis's clock says that its holder is dead: he would have renewed it in
   * what is seen of the time since he last did, and he has had the time to come back. `leaseMs` is how long it was,
   * null where nobody knows.
   */
  isOutlived({ endedAt, leaseMs }: { endedAt: number; leaseMs: number | null }, now: number): boolean {
    const returnMs = Math.min(this.#afterMs, this.#leaseMs * RETURN_PART);
    if (this.#last === null || !this.#lastsFor(returnMs, now)) return false;
    const wholeMs = leaseMs ?? this.#leaseMs;
    const writtenAt = endedAt - wholeMs - this.#last.offsetMs;
    const seenMs = this.#before.msSince(writtenAt) + msBehind(writtenAt, { from: this.#since, until: now });
    return seenMs >= Math.min(this.#afterMs, wholeMs);
  }

  #lastsFor(ms: number, now: number): boolean {
    return this.#last !== null && now - this.#last.sentAt < this.#leaseMs && now - this.#since >= ms;
  }
}
