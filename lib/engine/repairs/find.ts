import type { JobState, QueueKeys } from '../keys.ts';
import { waitingLists } from '../limits/lines.ts';
import { type JobFilter, passes, passesAll } from '../record/job-filter.ts';
import type { RedisClient } from '../scripts.ts';
import { sift } from './sift.ts';
import { type Group, type ScoreRange, walkList, walkSorted } from './walk.ts';
import type { Candidate } from './withdraw.ts';

/** What finding jobs works with: a queue. */
export interface FindDeps {
  client: RedisClient;
  keys: QueueKeys;
  /** Its name: jobs without a type are of the type that is named like their queue. */
  queue: string;
  /** Which of the failed or delayed jobs are looked at, by when they failed or are due; default all. */
  range?: ScoreRange;
  /** Hears of all that goes on; default nobody does. */
  pace?: Pace;
}

/** What happened since a walk over many jobs was heard of last. */
export interface PaceStep {
  /** How many jobs were looked at. */
  looked: number;
  /** How many of them passed the filter. */
  matched: number;
  /** To how many something was done. */
  done: number;
  /** Up to which score all is done; null in a list, and where that is not known yet. */
  passed: string | null;
  /** Jobs that were left alone, and why; default none. */
  left?: readonly string[];
}

/** Goes along with a walk over many jobs, between two of its small steps; what it rejects with ends the walk. */
export type Pace = (step: PaceStep) => Promise<void>;

/** Jobs that were found together and pass the filter; there may be none. */
export interface Found {
  jobs: Candidate[];
  within: Group['within'];
  /** How many were looked at for the first time. */
  fresh: number;
  /** The score of the last that was looked at; null in a list. */
  score: string | null;
  /** The list that they wait in; null in other states. */
  list: string | null;
}

/** Which jobs something is done to, and what for. */
export interface Search {
  state: JobState;
  filter: JobFilter;
  /** Whether their records are needed; default only where the filter needs them. */
  withRecords?: boolean;
  /** Whether nothing may be moved, as nothing is to be done to them; default false. */
  onlyLooks?: boolean;
}

/** A list that is longer is sifted before it is cut, all but its right end. */
const LONG = 50_000;
const HEAD = 1_000;

/** Finds the jobs of a state that pass a filter, group by group. Some come twice: those of two groups on end. */
export async function* find(deps: FindDeps, search: Search): AsyncGenerator<Found> {
  const { filter, withRecords } = search;
  const isOpen = passesAll(filter);
  for await (const { ids, within, fresh, score, list } of walk(deps, search)) {
    const jobs = await candidates(deps, ids, withRecords === true || !isOpen);
    const passing = isOpen ? jobs : jobs.filter((job) => passes(filter, deps.keys, job));
    yield { jobs: passing, within, fresh, score, list };
  }
}

async function candidates(
  { client, keys }: FindDeps,
  ids: readonly string[],
  withRecords: boolean,
): Promise<Candidate[]> {
  const records = withRecords ? await client.hmget(keys.jobs, ...ids) : [];
  return ids.map((id, at) => ({ id, raw: records[at] ?? null }));
}

/** Ids that were found together, and of waiting ones in which list. */
type ListedGroup = Group & { list: string | null };

async function* walk(deps: FindDeps, search: Search): AsyncGenerator<ListedGroup> {
  const { client, keys } = deps;
  switch (search.state) {
    case 'waiting':
      for (const list of await waitingLists(deps)) yield* placed(walkLongList(deps, list, search), list);
      return;
    case 'succeeded':
      return yield* placed(walkLongList(deps, keys.succeededOrder, search), null);
    case 'active':
      return yield* placed(walkList(client, keys.active), null);
    case 'delayed':
      return yield* placed(walkSorted(client, keys.delayed, deps.range), null);
    case 'failed':
      return yield* placed(walkSorted(client, keys.failedOrder, deps.range), null);
    default:
      return search.state satisfies never;
  }
}

async function* placed(groups: AsyncGenerator<Group>, list: string | null): AsyncGenerator<ListedGroup> {
  for await (const group of groups) yield { ...group, list };
}

/**
 * Cutting in the middle of a list costs the more the longer it is, so in a long one what passes is sifted out before.
 */
async function* walkLongList(
  deps: FindDeps,
  key: string,
  { filter, onlyLooks = false }: Search,
): AsyncGenerator<Group> {
  const { client, keys } = deps;
  const pick = async (ids: readonly string[]): Promise<boolean[]> => {
    await deps.pace?.({ looked: ids.length, matched: 0, done: 0, passed: null });
    return (await candidates(deps, ids, true)).map((job) => passes(filter, keys, job));
  };
  const isLong = !onlyLooks && !passesAll(filter) && (await client.llen(key)) > LONG;
  const heap = isLong ? await sift({ client, key, pick }, HEAD) : null;
  if (heap === null) return yield* walkList(client, key);
  // These were looked at as they were sifted.
  for await (const group of walkList(client, key, { from: heap.edge, to: heap.edge - heap.size }))
    yield { ...group, fresh: 0 };
  yield* walkList(client, key, { from: 2 * HEAD, to: 0 });
}
