import { ApiaryError } from '../../errors.ts';
import type { JobState } from '../keys.ts';
import { hasLines } from '../limits/lines.ts';
import type { Queries } from '../queries/queries.ts';
import { type JobFilter, passesAll, requireFilter } from '../record/job-filter.ts';
import type { Store } from '../store/store.ts';
import { cancelJob } from './cancel.ts';
import { type FindDeps, type Found, find, type Search } from './find.ts';
import { type BulkResult, Gathering } from './gathering.ts';
import { archiveIdle, type EndNote, type IdleState, removeFromState } from './withdraw.ts';

export type { BulkResult } from './gathering.ts';

/** What calls on many jobs work with: a queue. */
export interface BulkDeps extends FindDeps {
  store: Store;
  queries: Queries;
}

/** How many of the oldest are removed by a call. */
const OLDEST_AT_ONCE = 50;
/** Where the oldest jobs of a list are, even if some come back to its head meanwhile. */
const LIST_END = { farthest: 1_000, nearest: 1 };

/** Counts the jobs of a state that pass a filter; nothing is changed. */
export async function countAll(deps: BulkDeps, state: JobState, filter: JobFilter): Promise<number> {
  requireFilter(filter);
  if (passesAll(filter)) return (await deps.queries.counts())[state];
  return (await forEach(deps, { state, filter, onlyLooks: true }, async () => 0)).matched;
}

/** From when on jobs are offered again, epoch ms, and how far apart, in ms. */
export interface Spread {
  from: number;
  apartMs: number;
}

/** Offers failed jobs again, those that died first first: all now, or one after the other. */
export function retryAll(
  deps: BulkDeps,
  filter: JobFilter,
  spread: Spread | null = null,
): Promise<BulkResult> {
  let place = 0;
  const next = (): number => (spread === null ? 0 : Math.floor(spread.from + place++ * spread.apartMs));
  return forEach(deps, { state: 'failed', filter }, async ({ jobs }) => {
    const results = await Promise.all(jobs.map(({ id }) => deps.store.retry(id, 0, next())));
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

/**
 * Removes up to `limit` jobs of one state, oldest first; resolves with how many. Ends before an id that nobody can
 * name, as it is no UTF-8: it would be the oldest again and again.
 */
export async function removeOldest(
  deps: BulkDeps,
  { state, limit }: { state: IdleState; limit: number },
): Promise<number> {
  let removed = 0;
  let passed: string | null = null;
  while (removed < limit) {
    const oldest = await deps.queries.page(state, 0, Math.min(OLDEST_AT_ONCE, limit - removed), false);
    const [first] = oldest;
    if (!first) return removed;
    const gone = await removeThese(
      deps,
      state,
      oldest.map(({ id }) => id),
    );
    if (gone === 0 && first.id === passed) return removed;
    passed = first.id;
    removed += gone;
  }
  return removed;
}

async function removeThese(deps: BulkDeps, state: IdleState, ids: readonly string[]): Promise<number> {
  if (state === 'waiting' && (await hasLines(deps))) {
    const results = await Promise.all(ids.map((id) => deps.store.removeIdle(id)));
    return results.filter(({ done }) => done).length;
  }
  const jobs = ids.map((id) => ({ id, raw: null }));
  return removeFromState(deps, { state, jobs, within: LIST_END });
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
export async function forEach(
  deps: BulkDeps,
  search: Search,
  act: (found: Found) => Promise<number>,
): Promise<BulkResult> {
  requireFilter(search.filter);
  const gathering = new Gathering({ act, pace: deps.pace });
  for await (const found of find(deps, search)) await gathering.add(found);
  return gathering.end();
}
