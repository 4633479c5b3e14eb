import { bulkRunsKey, savedSearchesKey } from '../keys.ts';
import { readOwnAmong } from '../own-json.ts';
import type { SavedSearch } from '../queries/saved-searches.ts';
import type { StoredBulkRun } from '../repairs/bulk-run-store.ts';
import type { ForgetDeps } from './forget-deps.ts';

/** What forgetting what people keep works with. */
type KeptDeps = Pick<ForgetDeps, 'client' | 'prefix' | 'traces' | 'dryRun'>;

/**
 * Removes the runs and the saved searches that name the person and are about some queues; null stands for none.
 * Resolves with how many.
 */
export async function forgetKept(deps: KeptDeps, isOf: (queue: string | null) => boolean): Promise<number> {
  const runs = await forgetIn(deps, bulkRunsKey(deps.prefix), (text) => {
    const run = readOwnAmong<StoredBulkRun>(text);
    return run !== null && isOf(run.queue) && deps.traces.areNamedIn(run);
  });
  const searches = await forgetIn(deps, savedSearchesKey(deps.prefix), (text) => {
    const search = readOwnAmong<SavedSearch>(text);
    return search !== null && isOf(search.fields['queue'] ?? null) && deps.traces.areNamedIn(search);
  });
  return runs + searches;
}

async function forgetIn(
  { client, dryRun }: KeptDeps,
  hash: string,
  isTheirs: (text: string) => boolean,
): Promise<number> {
  const theirs = Object.entries(await client.hgetall(hash)).filter(([, text]) => isTheirs(text));
  if (theirs.length > 0 && !dryRun) await client.hdel(hash, ...theirs.map(([field]) => field));
  return theirs.length;
}
