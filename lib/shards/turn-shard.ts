import {
  lookAtPart,
  type NewPart,
  type PartDeps,
  type PartLook,
  setPart,
} from '../engine/limits/shard-part.ts';
import type { Share } from './limit-ledger.ts';
import { cleared, type Holder, isBare, type Part } from './limit-parts.ts';
import { hadRate, isInForce, partOfNote } from './split-limits.ts';

/** What a shard of a turn works with. */
export interface TurnShardDeps extends PartDeps {
  /** Which of the shards it is, from 0. */
  at: number;
  whole: Part;
  /** What it has at most, as it was noted. */
  share: Share;
  /** Writes a part of it out. */
  write: (part: Part) => NewPart;
}

/** A later turn has begun: whoever finds that changes nothing any more. */
export class Overtaken extends Error {
  /** Its number, or one below. */
  readonly turn: number;

  constructor(turn: number) {
    super(`turn ${turn} has begun`);
    this.turn = turn;
  }
}

/** A shard that does not answer for so long is away, in ms. */
const ANSWER_MS = 2_000;

/** One shard as a turn at the limits of its queue has it. */
export class TurnShard implements Holder {
  readonly #deps: TurnShardDeps;
  #look: PartLook | null = null;
  /** Why it is away. */
  away: unknown = null;
  /** What it has, as far as that is known. */
  part: Part;
  /** What it uses at most: its part, or more where more runs. */
  bound: Part;
  /** Whether it had a rate before this turn. */
  hadRate = false;

  constructor(deps: TurnShardDeps) {
    this.#deps = deps;
    this.part = deps.share.bound;
    this.bound = clipped(deps.share.bound, deps.whole);
  }

  get at(): number {
    return this.#deps.at;
  }

  get since(): number {
    return this.#deps.share.since;
  }

  /** Whether it has answered until now, so that it can be given another part. */
  get isThere(): boolean {
    return this.#look !== null && this.away === null;
  }

  /** How many jobs it runs and could begin. */
  get want(): number {
    return this.#look ? this.#look.held + this.#look.ready : 0;
  }

  /** Looks at it, and has no earlier turn change it any more. Throws {@link Overtaken}. */
  async look(): Promise<void> {
    const look = await this.#ask(() => lookAtPart(this.#deps));
    if (look === undefined) return;
    if (typeof look === 'number') throw new Overtaken(look);
    this.#look = look;
    this.part = partOfNote(look.note);
    this.hadRate = hadRate(look.note);
    this.#bind(look.held);
  }

  /**
   * Takes away what is more than it is to have, and has its note say what is in force. Resolves with how many tokens
   * were taken. Throws {@link Overtaken}.
   */
  async lower(target: Part): Promise<number> {
    if (!this.isThere || this.#look === null) return 0;
    const { whole, write } = this.#deps;
    const lowered = cleared({
      slots: lowest(whole.slots, this.part.slots, target.slots),
      burst: lowest(whole.burst, this.part.burst, target.burst),
    });
    const note = write(lowered);
    const isSame = isInForce(this.#look, note);
    const done = isSame ? null : await this.#ask(() => setPart(this.#deps, note, 0));
    if (done === undefined) return 0;
    this.part = lowered;
    this.#bind(done?.held ?? this.#look.held);
    return done?.taken ?? 0;
  }

  /** Gives it a larger part, with so many tokens. Throws {@link Overtaken}. */
  async raise(part: Part, tokens: number): Promise<void> {
    const { write } = this.#deps;
    if (await this.#ask(() => setPart(this.#deps, write(part), tokens))) this.part = part;
  }

  /** What is to be noted of it, where it is to be given a part; `now` is the time. */
  shareWith(part: Part, now: number): Share {
    const { share } = this.#deps;
    const bound = {
      slots: Math.max(this.bound.slots, part.slots),
      burst: Math.max(this.bound.burst, part.burst),
    };
    const isSame = isBare(share.bound) === isBare(bound) && share.since <= now;
    return { bound, since: isSame ? share.since : now };
  }

  #bind(held: number): void {
    const { slots, burst } = clipped(this.part, this.#deps.whole);
    this.bound = { slots: Math.max(slots, held), burst };
  }

  async #ask<T>(asking: () => Promise<T | null>): Promise<T | undefined> {
    try {
      const reply = await inTime(asking());
      if (reply === null) throw new Overtaken(this.#deps.turn);
      return reply;
    } catch (error) {
      if (error instanceof Overtaken) throw error;
      this.away = error;
      return undefined;
    }
  }
}

const none = Number.POSITIVE_INFINITY;

function lowest(whole: number, has: number, target: number): number {
  if (whole === none) return none;
  // One without a limit is stopped first: others may use all of it.
  return has === none ? 0 : Math.min(has, target);
}

/** Where a limit is known of the whole, one without a limit may use all of it. */
function clipped({ slots, burst }: Part, whole: Part): Part {
  return { slots: slots === none ? whole.slots : slots, burst: burst === none ? whole.burst : burst };
}

function inTime<T>(reply: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`a shard has not answered for ${ANSWER_MS} ms`));
    const timer = setTimeout(late, ANSWER_MS);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
