import { offsetOf, type Served } from './served.ts';

/** A time in which Redis served without delay, in ms of our growing time. */
export interface Spell {
  from: number;
  until: number;
}

/** More than come within a lease or two. */
const MOST = 16;

/**
 * The spells that are over. They count together as long as Redis's clock was not set: what Redis wrote down before it
 * was cannot be told in our time.
 */
export class Spells {
  readonly #toleratedMs: number;
  #spells: Spell[] = [];
  /** How far Redis's clock was ahead in them. */
  #offsetMs = 0;

  /** A clock counts as set when it is off by more than this. */
  constructor(toleratedMs: number) {
    this.#toleratedMs = toleratedMs;
  }

  /** Adds one, in which Redis's clock was so far ahead of our time. */
  add(spell: Spell, offsetMs: number): void {
    if (spell.until <= spell.from) return;
    if (Math.abs(offsetMs - this.#offsetMs) > this.#toleratedMs) this.#spells = [];
    this.#offsetMs = offsetMs;
    this.#spells = [...this.#spells, spell].slice(-MOST);
  }

  /** Takes note of a call, which forgets them all where it shows that Redis's clock was set. */
  saw(served: Served): void {
    // It was carried out at some time from when it was sent until its answer was read.
    const [least, most] = [served.redisNow - served.repliedAt, offsetOf(served)];
    if (this.#offsetMs < least - this.#toleratedMs || this.#offsetMs > most + this.#toleratedMs)
      this.#spells = [];
  }

  /** How much of them lies behind a moment, in ms. */
  msSince(moment: number): number {
    return this.#spells.reduce((sum, spell) => sum + msBehind(moment, spell), 0);
  }
}

/** How much of a spell lies behind a moment, in ms. */
export function msBehind(moment: number, { from, until }: Spell): number {
  return Math.max(0, until - Math.max(from, moment));
}
