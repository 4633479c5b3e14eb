import { ApiaryError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import { hasLines, waitingLists } from '../limits/lines.ts';
import type { Queries } from '../queries/queries.ts';
import { type JobFilter, passes, passesAll, requireFilter } from '../record/job-filter.ts';
import type { RedisClient } from '../scripts.ts';
import type { Store } from '../store/store.ts';
import { sift } from './sift.ts';
import { type Group, walkList, walkSorted } from './walk.ts';
import { archiveIdle, type Candidate, type EndNote, type IdleState, removeFromState } from './withdraw.ts';

/** What calls on many jobs work with: a queue. */
export interface BulkDeps {
  client: RedisClient;
  keys: QueueKeys;
  /** Its name: jobs without a type are of the type that is named like their queue. */
  queue: string;
  store: Store;
  queries: Queries;
}

/** So many jobs are worth a call, and so far apart in a list they may be for one. */
const ENOUGH = 50;
const WIDEST = 2_000;
/** A list that is longer is sifted before it is cut, all but its right end. */
const LONG = 50_000;
const HEAD = 1_000;
/** Where the oldest jobs of a list are, even if some come back to its head meanwhile. */
const LIST_END = { farthest: 1_000, nearest: 1 };

/** Offers failed jobs again, those that died first first; resolves with how many. */
export async function retryAll(deps: BulkDeps, filter: JobFilter): Promise<number> {
  return forEach(deps, { state: 'failed', filter }, async ({ jobs }) => {
    const results = await Promise.all(jobs.map(({ id }) => deps.store.retry(id, 0)));
    return results.filter(({ done }) => done).length;
  });
}

/** Makes delayed jobs due, in the order of their times, each once; resolves with how many. */
export async function promoteAll(deps: BulkDeps, filter: JobFilter): Promise<number> {
  // One that fails at once and is delayed anew must not lose all its attempts to this call.
  const promoted = new Set<string>();
  return forEach(deps, { state: 'delayed', filter }, async ({ jobs }) => {
    const fresh = jobs.filter(({ id }) => !promoted.has(id));
    const results = await Promise.all(fresh.map(({ id }) => deps.store.promote(id)));
    for (const { id } of fresh) promoted.add(id);
    return results.filter(({ done }) => done).length;
  });
}

/** Removes jobs of one state; resolves with how many. */
export async function removeAll(deps: BulkDeps, state: IdleState, filter: JobFilter): Promise<number> {
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

/** Makes waiting or delayed jobs failed by hand; resolves with how many. */
export async function archiveAll(
  deps: BulkDeps,
  { state, note, filter }: { state: 'waiting' | 'delayed'; note: EndNote; filter: JobFilter },
): Promise<number> {
  return forEach(deps, { state, filter, withRecords: true }, (found) =>
    archiveIdle(deps, { state, note, ...found }),
  );
}

/** Jobs that were found together and pass the filter. */
interface Found {
  jobs: Candidate[];
  within: Group['within'];
  list: string | null;
}

/** Which jobs something is done to, and whether it needs their records. */
interface Search {
  state: IdleState;
  filter: JobFilter;
  withRecords?: boolean;
}

/** Does something to all jobs of a state that pass a filter, group by group; resolves with the sum of what it says. */
async function forEach(
  deps: BulkDeps,
  search: Search,
  act: (found: Found) => Promise<number>,
): Promise<number> {
  requireFilter(search.filter);
  let sum = 0;
  let gathered: Found = { jobs: [], within: null, list: null };
  for await (const found of find(deps, search)) {
    if (gathered.jobs.length > 0 && found.list !== gathered.list) {
      sum += await act(gathered);
      gathered = found;
      continue;
    }
    gathered = joined(gathered, found);
    if (gathered.jobs.length < ENOUGH && widthOf(gathered) < WIDEST) continue;
    sum += await act(gathered);
    gathered = { jobs: [], within: null, list: null };
  }
  return gathered.jobs.length > 0 ? sum + (await act(gathered)) : sum;
}

async function* find(deps: BulkDeps, search: Search): AsyncGenerator<Found> {
  const { filter, withRecords } = search;
  const isOpen = passesAll(filter);
  for await (const { ids, within, list } of walk(deps, search)) {
    const jobs = await candidates(deps, ids, withRecords === true || !isOpen);
    const passing = isOpen ? jobs : jobs.filter(({ raw }) => passes(filter, deps.queue, raw));
    if (passing.length > 0) yield { jobs: passing, within, list };
  }
}

/** A walk goes from far to near, so the later of two finds ends nearer. */
function joined(one: Found, next: Found): Found {
  if (one.jobs.length === 0) return next;
  const known = new Set(one.jobs.map(({ id }) => id));
  const jobs = [...one.jobs, ...next.jobs.filter(({ id }) => !known.has(id))];
  const within = one.within && next.within && { ...one.within, nearest: next.within.nearest };
  return { jobs, within, list: one.list };
}

function widthOf({ within }: Found): number {
  return within ? within.farthest - within.nearest : 0;
}

async function candidates(
  { client, keys }: BulkDeps,
  ids: readonly string[],
  withRecords: boolean,
): Promise<Candidate[]> {
  const records = withRecords ? await client.hmget(keys.jobs, ...ids) : [];
  return ids.map((id, at) => ({ id, raw: records[at] ?? null }));
}

/** Ids that were found together, and of waiting ones in which list. */
type ListedGroup = Group & { list: string | null };

async function* walk(deps: BulkDeps, { state, filter }: Search): AsyncGenerator<ListedGroup> {
  const { client, keys } = deps;
  switch (state) {
    case 'waiting':
      for (const list of await waitingLists(deps)) yield* placed(walkLongList(deps, list, filter), list);
      return;
    case 'succeeded':
      return yield* placed(walkLongList(deps, keys.succeededOrder, filter), null);
    case 'delayed':
      return yield* placed(walkSorted(client, keys.delayed), null);
    case 'failed':
      return yield* placed(walkSorted(client, keys.failedOrder), null);
    default:
      throw new ApiaryError('JOB_STATE_FORBIDS', `jobs that are ${state satisfies never} are left alone`);
  }
}

async function* placed(groups: AsyncGenerator<Group>, list: string | null): AsyncGenerator<ListedGroup> {
  for await (const group of groups) yield { ...group, list };
}

/** Cutting in the middle of a list costs the more the longer it is, so in a long one what passes is sifted out before. */
async function* walkLongList(deps: BulkDeps, key: string, filter: JobFilter): AsyncGenerator<Group> {
  const { client, queue } = deps;
  const pick = async (ids: readonly string[]): Promise<boolean[]> =>
    (await candidates(deps, ids, true)).map(({ raw }) => passes(filter, queue, raw));
  const isLong = !passesAll(filter) && (await client.llen(key)) > LONG;
  const heap = isLong ? await sift({ client, key, pick }, HEAD) : null;
  if (heap === null) return yield* walkList(client, key);
  yield* walkList(client, key, { from: heap.edge, to: heap.edge - heap.size });
  yield* walkList(client, key, { from: 2 * HEAD, to: 0 });
}
