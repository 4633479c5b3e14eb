import type { WalkDeps } from './newest-first.ts';
import { type MetJob, newestJobs } from './newest-jobs.ts';

/** The walk of one shard, and the job at which it stands. */
interface Head {
  walk: AsyncGenerator<MetJob>;
  met: MetJob;
}

/**
 * Reads the failed jobs of a queue, those of all its shards together, the newest first; each walk is
 * {@link newestJobs}. Ahead of the one that is shown it reads no more than one step of each shard.
 */
export async function* newestFailed(shards: readonly WalkDeps[]): AsyncGenerator<MetJob> {
  const walks = shards.map((deps) => newestJobs(deps, { state: 'failed', cursor: null }));
  const [only] = walks;
  if (only && walks.length === 1) return yield* only;
  const heads = new Set((await Promise.all(walks.map(begun))).flatMap((head) => head ?? []));
  while (heads.size > 0) {
    const head = [...heads].reduce((one, other) => (scoreOf(other) > scoreOf(one) ? other : one));
    yield head.met;
    const next = await head.walk.next();
    if (next.done) heads.delete(head);
    else head.met = next.value;
  }
}

/** Null where there is none. */
async function begun(walk: AsyncGenerator<MetJob>): Promise<Head | null> {
  const first = await walk.next();
  return first.done ? null : { walk, met: first.value };
}

/** What another program has given no number comes first, as in a walk. */
function scoreOf({ met: { score } }: Head): number {
  return Number.isNaN(score) ? Number.POSITIVE_INFINITY : (score ?? 0);
}
