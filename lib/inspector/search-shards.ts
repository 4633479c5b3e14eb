import { JOB_STATES } from '../engine/keys.ts';
import { mergedSearch } from './merged-pages.ts';
import type { Room } from './room.ts';
import { type JobSearch, type JobSearchResult, searchQueue } from './search.ts';

/** Searches all shards of a queue. Throws JOB_INVALID that lists each wrong field. */
export function searchShards(
  shards: readonly string[],
  given: JobSearch,
  roomOf: (shard: string) => Room,
): Promise<JobSearchResult> {
  const { state = JOB_STATES } = given;
  const states = JOB_STATES.filter((one) =>
    typeof state === 'string' ? one === state : state.includes(one),
  );
  const countOf = async (shard: string): Promise<number> => {
    const counts = await roomOf(shard).queries.counts();
    return states.reduce((sum, one) => sum + counts[one], 0);
  };
  const search = (shard: string, own: JobSearch): Promise<JobSearchResult> => searchQueue(roomOf(shard), own);
  return mergedSearch(shards, given, { search, countOf });
}
