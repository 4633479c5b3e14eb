import type { JobState } from '../keys.ts';
import { type JobFilter, matches } from '../record/job-filter.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { type DataField, hasField } from './data-field.ts';
import type { WalkDeps } from './newest-first.ts';
import { newestJobs } from './newest-jobs.ts';
import { newestOfAll } from './newest-of-all.ts';

/** What is searched for in a queue, and how far. */
export interface Search {
  /** Null for all of them. */
  state: JobState | null;
  filter: JobFilter;
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

/** What is found is no more than this, in characters, and one job: it all goes into one answer. */
const MOST_TEXT = 16 * 1024 * 1024;

/** Looks through the jobs of one state or all, newest first, until enough are found or looked at. */
export async function searchJobs(deps: SearchDeps, search: Search): Promise<Findings> {
  const jobs: StoredJob[] = [];
  let { cursor } = search;
  let scanned = 0;
  const { state } = search;
  const jobsBehind = state === null ? newestOfAll(deps, cursor) : newestJobs(deps, { state, cursor });
  let text = 0;
  for await (const { job, behind, length } of jobsBehind) {
    if (scanned === search.most || jobs.length === search.limit || text > MOST_TEXT)
      return { jobs, scanned, cursor };
    if (isFound(search, deps.queue, job)) {
      jobs.push(job);
      text += length;
    }
    scanned++;
    cursor = behind;
  }
  return { jobs, scanned, cursor: null };
}

function isFound({ filter, field }: Search, queue: string, { record }: StoredJob): boolean {
  return matches(filter, queue, record) && (field === null || hasField(record.data, field));
}
