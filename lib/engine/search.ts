import { type DataField, hasField } from './data-field.ts';
import { type JobFilter, matches } from './job-filter.ts';
import type { JobState } from './keys.ts';
import { newestFirst, type Spot, type WalkDeps, WINDOW } from './newest-first.ts';
import { type StoredJob, toStoredJob } from './queries.ts';

/** What is searched for in one state of a queue, and how far. */
export interface Search {
  state: JobState;
  /** By type and newest error. */
  filter: JobFilter;
  /** The option `key` of the job. */
  key: string | null;
  field: DataField | null;
  /** As a search gave it; null to begin with the newest. */
  cursor: string | null;
  /** How many jobs are looked at, and how many are found, at most. */
  most: number;
  limit: number;
}

/** What a search found. */
export interface Findings {
  jobs: StoredJob[];
  /** How many jobs were looked at. */
  scanned: number;
  /** Goes on where this one stopped; null when everything was looked at. */
  cursor: string | null;
}

/** What searching works with: a queue. */
export interface SearchDeps extends WalkDeps {
  /** Its name: jobs without a type are of the type that is named like their queue. */
  queue: string;
}

/** About how many characters of records are read at a time, and how many records while their size is unknown. */
const TEXT_AT_ONCE = 500_000;
const FIRST_STEP = 10;

/**
 * Looks through the jobs of one state, newest first, until enough are found or looked at. Redis is asked for so little at
 * a time that it serves others in between.
 */
export async function searchJobs(deps: SearchDeps, search: Search): Promise<Findings> {
  const jobs: StoredJob[] = [];
  let { cursor } = search;
  let scanned = 0;
  for await (const { job, behind } of readAll(deps, search)) {
    if (scanned === search.most || jobs.length === search.limit) return { jobs, scanned, cursor };
    if (isFound(search, deps.queue, job)) jobs.push(job);
    scanned++;
    cursor = behind;
  }
  return { jobs, scanned, cursor: null };
}

function isFound({ filter, key, field }: Search, queue: string, { record }: StoredJob): boolean {
  if (key !== null && record.options.key !== key) return false;
  return matches(filter, queue, record) && (field === null || hasField(record.data, field));
}

/** A job, and the cursor that leads on behind it. */
interface Look {
  job: StoredJob;
  behind: string;
}

/** Reads the jobs one after the other, each once; as many at a time as those before were small. */
async function* readAll(deps: SearchDeps, { state, cursor }: Search): AsyncGenerator<Look> {
  const seen = new Set<string>();
  let step = FIRST_STEP;
  for await (const spots of newestFirst(deps, state, cursor)) {
    const fresh = spots.filter(({ id }) => !seen.has(id) && seen.add(id));
    for (let from = 0; from < fresh.length; ) {
      const some = fresh.slice(from, from + step);
      from += step;
      const records = await deps.client.hmget(deps.keys.jobs, ...some.map(({ id }) => id));
      yield* toLooks(state, some, records);
      const length = records.reduce((sum, raw) => sum + (raw?.length ?? 0), 1);
      step = Math.min(WINDOW, Math.ceil((TEXT_AT_ONCE * some.length) / length));
    }
  }
}

/** One that was removed after its id was read is not there to be looked at. */
function* toLooks(
  state: JobState,
  spots: readonly Spot[],
  records: readonly (string | null)[],
): Generator<Look> {
  for (const [at, { id, cursor, due }] of spots.entries()) {
    const raw = records[at];
    if (typeof raw === 'string') yield { job: toStoredJob(id, raw, state, due), behind: cursor };
  }
}
