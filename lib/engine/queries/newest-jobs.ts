import type { JobState } from '../keys.ts';
import { type StoredJob, toStoredJob } from '../record/stored-job.ts';
import { newestFirst, type WalkDeps } from './newest-first.ts';
import { SteppedRecords } from './stepped-records.ts';

/** A record that a walk came to. */
export interface MetRecord {
  id: string;
  /** As it is stored. */
  raw: string;
  /** When its job failed for good or is due, epoch ms; null in other states. */
  score: number | null;
  /** Leads the next walk on behind it. */
  behind: string;
}

/** A job that a walk came to. */
export interface MetJob extends Omit<MetRecord, 'id'> {
  job: StoredJob;
  /** How long its record is, in characters. */
  length: number;
}

/** A walk through a state: which, and behind which place on; null for all of it. */
export interface StateWalk {
  state: JobState;
  cursor: string | null;
}

const MOST_REMEMBERED = 20_000;

/** Reads the jobs of one state, as {@link newestRecords} does. A record is parsed where its job is looked at. */
export async function* newestJobs(deps: WalkDeps, walk: StateWalk): AsyncGenerator<MetJob> {
  for await (const { id, raw, score, behind } of newestRecords(deps, walk)) {
    const due = score === null ? null : String(score);
    let job: StoredJob | null = null;
    yield {
      get job() {
        job ??= toStoredJob(deps.keys, { id, raw, state: walk.state, due });
        return job;
      },
      ...{ raw, score, behind, length: raw.length },
    };
  }
}

/**
 * Reads the records of one state, newest first, as {@link newestFirst} walks them: for so few at a time that Redis
 * serves others in between, also where records are large. One that is removed meanwhile is passed over. Each comes
 * once, unless it moves while some ten thousand others are read.
 */
export async function* newestRecords(
  deps: WalkDeps,
  { state, cursor }: StateWalk,
): AsyncGenerator<MetRecord> {
  const seen = new RecentIds();
  const records = new SteppedRecords(deps);
  for await (const spots of newestFirst(deps, state, cursor)) {
    const fresh = spots.filter(({ id }) => seen.add(id));
    for await (const [{ id, cursor: behind, score }, raw] of records.of(fresh)) {
      yield { id, raw, score: score === null ? null : Number(score), behind };
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
