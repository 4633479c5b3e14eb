import type { ActiveJob } from './active-job.ts';
import type { Lane } from './lane.ts';

/** A job that was taken, with the lane that took it. */
export interface ReadyJob {
  lane: Lane;
  job: ActiveJob;
}

/** What was read ahead goes back when no attempt has ended for this long: its turn is further off than thought. */
const STUCK_MS = 20;

/** The jobs that are claimed and wait for a slot, in the order in which they were taken. */
export class ReadyJobs {
  readonly #lanes: readonly Lane[];
  /** The next to start is the last. */
  #jobs: ReadyJob[] = [];
  #endedCount = 0;
  #isWatched = false;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  /** How many there are. */
  get size(): number {
    return this.#jobs.length;
  }

  /** Adds what a lane has taken, behind all others. */
  add(lane: Lane, jobs: readonly ActiveJob[]): void {
    this.#jobs = [...jobs.map((job) => ({ lane, job })).reverse(), ...this.#jobs];
  }

  /** Hands over the next to start; those whose claims have gone while they waited fall. */
  next(): ReadyJob | undefined {
    let next = this.#jobs.pop();
    while (next && !next.job.isOurs) next = this.#jobs.pop();
    return next;
  }

  /** Takes note of an attempt that ended, which frees a slot. */
  noteEnded(): void {
    this.#endedCount++;
  }

  /** Sees to it that they go back when none of them comes to its turn. */
  watch(): void {
    if (this.#isWatched || this.#jobs.length === 0) return;
    this.#isWatched = true;
    const ended = this.#endedCount;
    const look = (): void => {
      this.#isWatched = false;
      if (this.#endedCount === ended) this.giveBack();
      else this.watch();
    };
    setTimeout(look, STUCK_MS).unref();
  }

  /** Gives them all back, each to its lane. */
  giveBack(): Promise<void>[] {
    const waiting = this.#jobs.reverse();
    this.#jobs = [];
    return this.#lanes.map((lane) => {
      const jobs = waiting.filter((one) => one.lane === lane).map(({ job }) => job);
      return jobs.length > 0 ? lane.release(jobs) : Promise.resolve();
    });
  }

  /** Forgets them all; whoever calls gives them back. */
  drop(): void {
    this.#jobs = [];
  }
}
