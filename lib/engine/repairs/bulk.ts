import { ApiaryError } from '../../errors.ts';
import type { JobState } from '../keys.ts';
import { hasLines } from '../limits/lines.ts';
import type { Queries } from '../queries/queries.ts';
import { type JobFilter, passesAll, requireFilter } from '../record/job-filter.ts';
import type { Store } from '../store/store.ts';
import { cancelJob } from './cancel.ts';
import { type FindDeps, type Found, find, type PaceStep, type Search } from './find.ts';
import { archiveIdle, type EndNote, type IdleState, removeFromState } from './withdraw.ts';

/** What calls on many jobs work with: a queue. */
export interface BulkDeps extends FindDeps {
  store: Store;
  queries: Queries;
}

/** So many jobs are worth a call, and so far apart in a list they may be for one. */
const ENOUGH = 50;
const WIDEST = 2_000;
/** Where the oldest jobs of a list are, even if some come back to its head meanwhile. */
const LIST_END = { farthest: 1_000, nearest: 1 };
const NONE: Found = { jobs: [], within: null, fresh: 0, score: null, list: null };

/** What a call on many jobs came to. */
export interface BulkResult {
  /** How many passed the filter when they were looked at. */
  matched: number;
  /** To how many of them it was done; others have moved on meanwhile. */
  done: number;
}

/** Counts the jobs of a state that pass a filter; nothing is changed. */
export async function countAll(deps: BulkDeps, state: JobState, filter: JobFilter): Promise<number> {
  requireFilter(filter);
  if (passesAll(filter)) return (await deps.queries.counts())[state];
  return (await forEach(deps, { state, filter, onlyLooks: true }, async () => 0)).matched;
}

/** Offers failed jobs again, those that died first first. */
export function retryAll(deps: BulkDeps, filter: JobFilter): Promise<BulkResult> {
  return forEach(deps, { state: 'failed', filter }, async ({ jobs }) => {
    const results = await Promise.all(jobs.map(({ id }) => deps.store.retry(id, 0)));
    return results.filter(({ done }) => done).length;
  });
}

/** Makes delayed jobs due, in the order of their times, each once. */
export function promoteAll(deps: BulkDeps, filter: JobFilter): Promise<BulkResult> {
  // One that fails at once and is delayed anew must not lose all its attempts to this call.
  const promoted = new Set<string>();
  return forEach(deps, { state: 'delayed', filter }, async ({ jobs }) => {
    const fresh = jobs.filter(({ id }) => !promoted.has(id));
    const results = await Promise.all(fresh.map(({ id }) => deps.store.promote(id)));
    for (const { id } of fresh) promoted.add(id);
    return results.filter(({ done }) => done).length;
  });
}

/** Removes jobs of one state. Throws JOB_STATE_FORBIDS for those that run. */
export async function removeAll(deps: BulkDeps, state: IdleState, filter: JobFilter): Promise<BulkResult> {
  requireIdle(state);
  return forEach(deps, { state, filter }, (found) => removeFromState(deps, { state, ...found }));
}

/** Removes up to `limit` jobs of one state, oldest first; resolves with how many. */
export async function removeOldest(
  deps: BulkDeps,
  { state, limit }: { state: IdleState; limit: number },
): Promise<number> {
  let removed = 0;
  while (removed < limit) {
    const oldest = await deps.queries.page(state, 0, Math.min(ENOUGH, limit - removed), false);
    if (oldest.length === 0) return removed;
    const jobs = oldest.map(({ id }) => ({ id, raw: null }));
    if (state === 'waiting' && (await hasLines(deps))) {
      const results = await Promise.all(jobs.map(({ id }) => deps.store.removeIdle(id)));
      removed += results.filter(({ done }) => done).length;
      continue;
    }
    removed += await removeFromState(deps, { state, jobs, within: LIST_END });
  }
  return removed;
}

/** Makes waiting or delayed jobs failed by hand. Throws JOB_STATE_FORBIDS for those that run. */
export async function archiveAll(
  deps: BulkDeps,
  { state, note, filter }: { state: 'waiting' | 'delayed'; note: EndNote; filter: JobFilter },
): Promise<BulkResult> {
  requireIdle(state);
  return forEach(deps, { state, filter, withRecords: true }, (found) =>
    archiveIdle(deps, { state, note, ...found }),
  );
}

/** Cancels jobs of one state: those that run are told to stop. */
export async function cancelAll(
  deps: BulkDeps,
  { state, note, filter }: { state: 'waiting' | 'delayed' | 'active'; note: EndNote; filter: JobFilter },
): Promise<BulkResult> {
  if (state !== 'active') return archiveAll(deps, { state, note: { ...note, as: 'cancelled' }, filter });
  return forEach(deps, { state, filter }, async ({ jobs }) => {
    const results = await Promise.all(jobs.map(({ id }) => cancelJob(deps, id, note)));
    return results.filter(({ done }) => done).length;
  });
}

/** Those who call without types may name any. */
function requireIdle(state: JobState): void {
  if (state === 'active') throw new ApiaryError('JOB_STATE_FORBIDS', 'jobs that are active are left alone');
}

/**
 * Does something to all jobs of a state that pass a filter, group by group; `act` says to how many of some it was
 * done.
 */
async function forEach(
  deps: BulkDeps,
  search: Search,
  act: (found: Found) => Promise<number>,
): Promise<BulkResult> {
  requireFilter(search.filter);
  const result = { matched: 0, done: 0 };
  let last: ReadonlySet<string> = new Set();
  let gathered = NONE;
  // What is gathered only is told of when it is done: who begins anew in between finds it again.
  let told = { ...result };
  let passed: string | null = null;
  for await (const found of find(deps, search)) {
    result.matched += found.jobs.filter(({ id }) => !last.has(id)).length;
    last = new Set(found.jobs.map(({ id }) => id));
    if (isApart(gathered, found)) {
      result.done += await act(gathered);
      gathered = NONE;
    }
    gathered = joined(gathered, found);
    if (gathered.jobs.length >= ENOUGH || widthOf(gathered) >= WIDEST) {
      result.done += await act(gathered);
      gathered = NONE;
    }
    const looked = found.fresh;
    if (gathered.jobs.length === 0) {
      passed = found.score;
      await deps.pace?.(stepBetween(told, result, { looked, passed }));
      told = { ...result };
    } else await deps.pace?.(stepBetween(told, told, { looked, passed }));
  }
  if (gathered.jobs.length > 0) result.done += await act(gathered);
  await deps.pace?.(stepBetween(told, result, { looked: 0, passed }));
  return result;
}

/** Jobs of two lists are not cut out together, nor those far from each other in one: what is between is read too. */
function isApart(gathered: Found, found: Found): boolean {
  if (gathered.jobs.length === 0 || found.jobs.length === 0) return false;
  return found.list !== gathered.list || widthOf(joined(gathered, found)) >= WIDEST;
}

function stepBetween(
  before: BulkResult,
  after: BulkResult,
  rest: Pick<PaceStep, 'looked' | 'passed'>,
): PaceStep {
  return { ...rest, matched: after.matched - before.matched, done: after.done - before.done };
}

/** A walk goes from far to near, so the later of two finds ends nearer. */
function joined(one: Found, next: Found): Found {
  if (next.jobs.length === 0) return one;
  if (one.jobs.length === 0) return next;
  const known = new Set(one.jobs.map(({ id }) => id));
  const jobs = [...one.jobs, ...next.jobs.filter(({ id }) => !known.has(id))];
  const within = one.within && next.within && { ...one.within, nearest: next.within.nearest };
  return { ...next, jobs, within, list: one.list };
}

function widthOf({ within }: Found): number {
  return within ? within.farthest - within.nearest : 0;
}
