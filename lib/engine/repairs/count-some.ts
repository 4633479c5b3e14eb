import type { JobState } from '../keys.ts';
import type { JobFilter } from '../record/job-filter.ts';
import { type BulkDeps, countAll } from './bulk.ts';
import type { PaceStep } from './find.ts';

/** How many jobs a look at some of them found, and whether it has come to all. */
export interface SomeCounted {
  matched: number;
  looked: number;
  isAll: boolean;
}

/** How many jobs are looked at, and then no more than a few. */
const MOST_LOOKED = 5_000;

class Enough extends Error {}

/**
 * Counts the jobs of a state that pass a filter, as far as a look at 5,000 of them goes; `before` is how many of those
 * were looked at already, elsewhere.
 */
export async function countSome(
  deps: BulkDeps,
  state: JobState,
  filter: JobFilter,
  before = 0,
): Promise<SomeCounted> {
  const some = { matched: 0, looked: 0 };
  const pace = async ({ looked, matched }: PaceStep): Promise<void> => {
    some.matched += matched;
    some.looked += looked;
    if (before + some.looked >= MOST_LOOKED) throw new Enough();
  };
  try {
    const matched = await countAll({ ...deps, pace }, state, filter);
    return { ...some, matched, isAll: true };
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
    return { ...some, isAll: false };
  }
}
