/** A time in which Redis served without delay, in ms of our growing time. */
export interface Spell {
  from: number;
  until: number;
}

/** More than come within a lease or two. */
const MOST = 16;

/** The last spells that are over. */
export class Spells {
  #spells: Spell[] = [];

  /** Adds one. */
  add(spell: Spell): void {
    if (spell.until > spell.from) this.#spells = [...this.#spells, spell].slice(-MOST);
  }

  /** Forgets them. */
  forget(): void {
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
