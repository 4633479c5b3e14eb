import type { Outcome, SettlementArgs } from '../record/settlement.ts';
import type { ActiveJob } from './active-job.ts';
import { JobsById } from './jobs-by-id.ts';

/** An attempt that ended and is to be settled. */
export interface EndedAttempt {
  job: ActiveJob;
  outcome: Outcome;
  durationMs: number;
  args: SettlementArgs;
}

/**
 * The jobs that a lane holds, in no order; each knows its place among them.
 *
 * It is an array, as a Map or a Set makes a new table every few hundred jobs. Once the old table has survived two quick
 * garbage collections, only a slow one frees it, and with it all jobs that it names.
 */
export class HeldJobs implements Iterable<ActiveJob> {
  readonly #jobs: ActiveJob[] = [];
  readonly #byId = new JobsById();
  /** Jobs whose claims were lost while they ran, and whose handlers have not ended yet. */
  readonly cutOff = new Set<ActiveJob>();
  #missed: ReadonlySet<ActiveJob> = new Set();

  /**
   * Holds a job. One that was held under its id has ended, and went round before its end was heard of; or it was
   * removed, and added anew since: the claim is that of the new one. So the one before is dropped, and returned.
   */
  add(job: ActiveJob): ActiveJob | null {
    job.place = this.#jobs.length;
    this.#jobs.push(job);
    const before = this.#byId.add(job);
    if (before?.hasEnded) this.remove(before);
    else if (before) this.drop(before);
    return before;
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
    this.#byId.remove(job);
    return true;
  }

  /** Removes a job whose claim is gone, and tells it so. */
  drop(job: ActiveJob): void {
    this.remove(job);
    if (job.isRunning) this.cutOff.add(job);
    job.abort('lost');
  }

  dropAll(): void {
    for (const job of [...this.#jobs]) this.drop(job);
  }

  /** Drops those with these ids, and returns them. */
  dropNamed(ids: readonly string[]): ActiveJob[] {
    const named = this.#jobs.filter(({ id }) => ids.includes(id));
    for (const job of named) this.drop(job);
    return named;
  }

  /** Which of these ids none has that is held: there may be hundreds of both, so what is held is gone through once. */
  unheldOf(ids: readonly string[]): string[] {
    const held = new Set(this.#jobs.map(({ id }) => id));
    return ids.filter((id) => !held.has(id));
  }

  /**
   * Takes the jobs whose claims a beat has missed, and returns of them what the beat before missed too: an exchange may
   * be under way beside a beat, so one look can be wrong.
   */
  confirmLost(missed: readonly ActiveJob[]): ActiveJob[] {
    const before = this.#missed;
    this.#missed = new Set(missed);
    return missed.filter((job) => before.has(job));
  }

  [Symbol.iterator](): Iterator<ActiveJob> {
    return this.#jobs.values();
  }
}
