import type { JobState } from '../keys.ts';
import { type StoredJob, toStoredJob } from '../record/stored-job.ts';
import { newestFirst, type WalkDeps } from './newest-first.ts';
import { SteppedRecords } from './stepped-records.ts';

/** A job that a walk came to. */
export interface MetJob {
  job: StoredJob;
  /** Its record as it is stored. */
  raw: string;
  /** When it failed for good or is due, epoch ms; null in other states. */
  score: number | null;
  /** Leads the next walk on behind it. */
  behind: string;
  /** How long its record is, in characters. */
  length: number;
}

const MOST_REMEMBERED = 100_000;

/**
 * Reads the jobs of one state, newest first, as {@link newestFirst} walks them: for so few at a time that Redis
 * serves others in between, also where records are large. One that is removed meanwhile is passed over. Each comes
 * once, unless it moves while some hundred thousand others are read.
 */
export async function* newestJobs(
  deps: WalkDeps,
  { state, cursor }: { state: JobState; cursor: string | null },
): AsyncGenerator<MetJob> {
  const seen = new RecentIds();
  const records = new SteppedRecords(deps);
  for await (const spots of newestFirst(deps, state, cursor)) {
    const fresh = spots.filter(({ id }) => seen.add(id));
    for await (const [{ id, cursor: behind, score }, raw] of records.of(fresh)) {
      const job = toStoredJob(id, raw, state, score);
      yield { job, raw, score: score === null ? null : Number(score), behind, length: raw.length };
    }
  }
}

/** Ids that were met, as many as one may come again behind; older ones are forgotten. */
class RecentIds {
  #recent = new Set<string>();
  #before = new Set<string>();

  /** False for one that was met. */
  add(id: string): boolean {
    if (this.#recent.has(id) || this.#before.has(id)) return false;
    this.#recent.add(id);
    if (this.#recent.size < MOST_REMEMBERED) return true;
    this.#before = this.#recent;
    this.#recent = new Set();
    return true;
  }
}
