import { bulkRunsKey, savedSearchesKey } from '../keys.ts';
import { readOwnAmong } from '../own-json.ts';
import type { ForgetDeps } from './forget-deps.ts';

/** What forgetting what people keep works with. */
type KeptDeps = Pick<ForgetDeps, 'client' | 'prefix' | 'traces' | 'dryRun'>;

/**
 * Removes the runs and the saved searches that name the person and are about some queues; null stands for none.
 * Resolves with how many. What is there may be of another version, or no run and no search at all.
 */
export async function forgetKept(deps: KeptDeps, isOf: (queue: string | null) => boolean): Promise<number> {
  const runs = await forgetIn(deps, bulkRunsKey(deps.prefix), (run) => isOf(queueIn(run)));
  const searches = await forgetIn(deps, savedSearchesKey(deps.prefix), (search) =>
    isOf(queueIn(fieldOf(search, 'fields'))),
  );
  return runs + searches;
}

async function forgetIn(
  { client, dryRun, traces }: KeptDeps,
  hash: string,
  isAbout: (read: unknown) => boolean,
): Promise<number> {
  const theirs = Object.entries(await client.hgetall(hash)).filter(([, text]) => {
    const read = readOwnAmong<unknown>(text);
    return isAbout(read) && traces.areNamedIn(read);
  });
  if (theirs.length > 0 && !dryRun) await client.hdel(hash, ...theirs.map(([field]) => field));
  return theirs.length;
}

function queueIn(read: unknown): string | null {
  const queue = fieldOf(read, 'queue');
  return typeof queue === 'string' ? queue : null;
}

function fieldOf(read: unknown, name: string): unknown {
  return typeof read === 'object' && read !== null ? Reflect.get(read, name) : undefined;
}
