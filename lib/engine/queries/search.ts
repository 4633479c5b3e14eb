import type { JobState } from '../keys.ts';
import { type DataField, hasField } from '../record/data-field.ts';
import { type JobFilter, matches } from '../record/job-filter.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { mayMatch } from './may-match.ts';
import type { WalkDeps } from './newest-first.ts';
import { newestJobs } from './newest-jobs.ts';
import { newestOfSome } from './newest-of-some.ts';

/** What is searched for in a queue, and how far. */
export interface Search {
  /** One or more of them. */
  states: readonly JobState[];
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
  /** How many of them are encrypted and could not be looked into, where what is sought for may be in there. */
  closed: number;
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

/** Looks through the jobs of some states, newest first, until enough are found or looked at. */
export async function searchJobs(deps: SearchDeps, search: Search): Promise<Findings> {
  const jobs: StoredJob[] = [];
  let { cursor } = search;
  let [scanned, closed] = [0, 0];
  const looksInside = search.field !== null || search.filter.error !== undefined;
  const [state, ...others] = search.states;
  const jobsBehind =
    state !== undefined && others.length === 0
      ? newestJobs(deps, { state, cursor })
      : newestOfSome(deps, search.states, cursor);
  const isWorthParsing = mayMatch(search, deps.queue);
  let text = 0;
  for await (const met of jobsBehind) {
    if (scanned === search.most || jobs.length === search.limit || text > MOST_TEXT)
      return { jobs, scanned, closed, cursor };
    scanned++;
    cursor = met.behind;
    if (!isWorthParsing(met.raw)) continue;
    const { job } = met;
    if (isFound(search, deps.queue, job)) {
      jobs.push(job);
      text += met.length;
    }
    if (looksInside && (job.privacy === 'closed' || job.privacy === 'tampered')) closed++;
  }
  return { jobs, scanned, closed, cursor: null };
}

function isFound({ filter, field }: Search, queue: string, { record }: StoredJob): boolean {
  return matches(filter, queue, record) && (field === null || hasField(record.data, field));
}
