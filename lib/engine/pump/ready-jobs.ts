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

  /**
   * Hands over the next to start at this moment of the clock's growing time; those whose claims have gone while they
   * waited fall, and those of a lane that is not sure of its claims go back.
   */
  next(now: number): ReadyJob | undefined {
    for (;;) {
      const next = this.#jobs.pop();
      if (!next) return undefined;
      if (!next.job.isOurs) continue;
      if (next.lane.isSure(now)) return next;
      this.#jobs.push(next);
      this.#giveBackOf(next.lane);
    }
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
    return this.#lanes.map((lane) => this.#giveBackOf(lane));
  }

  #giveBackOf(lane: Lane): Promise<void> {
    const jobs = this.#jobs.filter((one) => one.lane === lane).map(({ job }) => job);
    if (jobs.length === 0) return Promise.resolve();
    this.#jobs = this.#jobs.filter((one) => one.lane !== lane);
    return lane.release(jobs.reverse());
  }

  /** Forgets them all; whoever calls gives them back. */
  drop(): void {
    this.#jobs = [];
  }
}
