import type { Outcome, SettlementArgs } from '../session/settlement.ts';
import type { ActiveJob } from './active-job.ts';

/** An attempt that ended and is to be settled. */
export interface EndedAttempt {
  job: ActiveJob;
  outcome: Outcome;
  durationMs: number;
  args: SettlementArgs;
}

/**
 * The jobs that a lane holds, in no order; each knows its place among them. Not a Map, and not a Set: those make a new
 * table every few hundred jobs, and an old table that has survived two garbage collections keeps all jobs in it, and
 * what these refer to, from the quick one that most jobs should die in.
 */
export class HeldJobs implements Iterable<ActiveJob> {
  readonly #jobs: ActiveJob[] = [];
  #suspects: { lost: Set<ActiveJob>; strays: Set<string> } = { lost: new Set(), strays: new Set() };

  add(job: ActiveJob): void {
    job.place = this.#jobs.length;
    this.#jobs.push(job);
  }

  has(job: ActiveJob): boolean {
    return this.#jobs[job.place] === job;
  }

  /** Removes a job; false when it was not there. */
  remove(job: ActiveJob): boolean {
    if (!this.has(job)) return false;
    const last = this.#jobs.pop();
    if (last && last !== job) {
      this.#jobs[job.place] = last;
      last.place = job.place;
    }
    job.place = -1;
    return true;
  }

  clear(): void {
    this.#jobs.length = 0;
  }

  /**
   * Takes what a beat found wrong, and returns of it what the beat before found too: an exchange may be under way beside
   * a beat, so one look can be wrong.
   */
  confirm(lost: readonly ActiveJob[], strayIds: readonly string[]): { lost: ActiveJob[]; strays: string[] } {
    const held = new Set(this.#jobs.map((job) => job.id));
    const before = this.#suspects;
    this.#suspects = { lost: new Set(lost), strays: new Set(strayIds.filter((id) => !held.has(id))) };
    return {
      lost: lost.filter((job) => before.lost.has(job)),
      strays: [...this.#suspects.strays].filter((id) => before.strays.has(id)),
    };
  }

  [Symbol.iterator](): Iterator<ActiveJob> {
    return this.#jobs.values();
  }
}
