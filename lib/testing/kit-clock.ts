import { type Clock, systemClock } from '../clock.ts';

/** Chance is gone: where a part of a delay would be waited, by jitter, it is the whole. */
const NO_CHANCE = 1 - Number.EPSILON;

/** The time of one test. It stands still until it is moved, so that nothing comes due because a machine is slow. */
export class KitClock implements Clock {
  readonly sleep: Clock['sleep'] = systemClock.sleep;
  readonly #onMoved = new Set<() => void>();
  #now: number;

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  random(): number {
    return NO_CHANCE;
  }

  /** Moves it to a time, epoch ms. */
  moveTo(time: number): void {
    this.#now = time;
    for (const tell of this.#onMoved) tell();
  }

  /** Calls whoever wants to know, after each move; returns what ends that. */
  onMoved(tell: () => void): () => void {
    this.#onMoved.add(tell);
    return () => void this.#onMoved.delete(tell);
  }
}
