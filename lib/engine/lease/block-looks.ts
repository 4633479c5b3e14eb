import type { BlockingJob } from '../queries/presence.ts';

/** Who blocks the main thread, as far as it is known. */
export interface Blocker {
  /** Null where it is not known, or where it is the code of no job. */
  job: BlockingJob | null;
  /** Where in the code that was seen, as a line of a stack has it. */
  at: string | null;
}

/** Whose code was seen whenever somebody looked into a block, and over which part of it. */
export interface Seen extends Blocker {
  forMs: number;
}

/** One look, and when it was, in ms that only grow. */
interface Look extends Blocker {
  elapsed: number;
}

export const UNKNOWN_BLOCKER: Blocker = { job: null, at: null };

/** What was seen over less than this part of a block may have come behind native code, into which nobody sees. */
const LEAST_PART = 1 / 3;
const MOST_FRAMES = 50;
const MOST_AT_LENGTH = 300;

/** Tells who blocks by what was seen of a block that has lasted for so long (ms). */
export function blockerOf(seen: Seen | null, blockMs: number): Blocker {
  if (seen === null || seen.forMs < blockMs * LEAST_PART) return UNKNOWN_BLOCKER;
  return { job: seen.job, at: seen.at };
}

/**
 * What is found by looks into code that blocks the main thread, each of which it is interrupted for. All looks have to
 * find the same, but for the last: that may be at what came when the block was over.
 */
export class BlockLooks {
  readonly #current: () => BlockingJob | null;
  readonly #elapsed: () => number;
  #block: number | null = null;
  #first: Look | null = null;
  #last: Look | null = null;
  #seenMs = 0;
  #isInDoubt = false;

  /**
   * `current` says whose code runs at this moment, null where that is no job's or not known; `elapsed` gives ms that
   * only grow.
   */
  constructor(current: () => BlockingJob | null, elapsed = () => performance.now()) {
    this.#current = current;
    this.#elapsed = elapsed;
  }

  /** Looks whose code runs at this moment of a block, which has a number that the one before has not. */
  look(block: number): Seen | null {
    if (block !== this.#block) this.#begin(block);
    else if (this.#last) this.#confirm(this.#last);
    this.#last = { job: this.#current(), at: placeInCode(), elapsed: this.#elapsed() };
    return this.#seen;
  }

  /** Who blocked, in a block of that length that has just ended. */
  blockerWithin(blockMs: number): Blocker {
    const isOfThat = this.#last !== null && this.#elapsed() - this.#last.elapsed <= blockMs;
    return isOfThat ? blockerOf(this.#seen, blockMs) : UNKNOWN_BLOCKER;
  }

  get #seen(): Seen | null {
    if (this.#first === null || this.#isInDoubt) return null;
    const { job, at } = this.#first;
    return { job, at, forMs: this.#seenMs };
  }

  #begin(block: number): void {
    this.#block = block;
    this.#first = null;
    this.#seenMs = 0;
    this.#isInDoubt = false;
  }

  /** The block went on behind what was seen. */
  #confirm(last: Look): void {
    this.#first ??= last;
    this.#seenMs = last.elapsed - this.#first.elapsed;
    if (!isSame(last.job, this.#first.job)) this.#isInDoubt = true;
  }
}

function isSame(one: BlockingJob | null, other: BlockingJob | null): boolean {
  if (one === null || other === null) return one === other;
  return one.queue === other.queue && one.id === other.id && one.attempt === other.attempt;
}

/** The innermost place of the interrupted code that is not of Node; null where none is to be told. */
function placeInCode(): string | null {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  // What an application makes of stacks is its own affair, and may throw.
  try {
    const frames = String(new Error('look').stack).split('\n');
    // The code that was asked to run is the last of ours.
    const asked = frames.findIndex((frame) => /\(?<anonymous>(:\d+)*\)?$/.test(frame));
    const found = frames.slice(asked + 1).find((frame) => asked > 0 && isPlace(frame));
    return found?.replace(/^\s*at (async )?/, '').slice(0, MOST_AT_LENGTH) ?? null;
  } catch {
    return null;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isPlace(frame: string): boolean {
  return /^\s*at /.test(frame) && !/\(?(node:|<anonymous>|native)/.test(frame);
}
