import type { Queries } from '../queries/queries.ts';
import type { Store } from '../store.ts';

/** How long finished jobs stay at most, in ms. */
export interface RetentionAges {
  succeededMs: number;
  failedMs: number;
}

/** How many jobs one step looks at. */
const STEP = 100;

/**
 * Removes finished jobs of one queue that are older than they may be; resolves with how many. In small steps, so that
 * Redis serves others in between. `now` is epoch ms.
 */
export async function pruneFinished(
  { store, queries }: { store: Store; queries: Queries },
  { succeededMs, failedMs }: RetentionAges,
  now: number,
): Promise<number> {
  let removed = 0;
  for (let step = STEP; step === STEP; removed += step) {
    step = await pruneStep({ store, queries }, now - succeededMs);
  }
  for (let step = 1; step > 0; removed += step) step = await store.pruneFailed(now - failedMs);
  return removed;
}

async function pruneStep(
  { store, queries }: { store: Store; queries: Queries },
  before: number,
): Promise<number> {
  const oldest = await queries.page('succeeded', 0, STEP, false);
  const isOld = oldest.map(({ record: { options } }) => {
    const [, startedAt, durationMs] = options.run ?? [0, options.timestamp, 0, ''];
    return startedAt + durationMs < before;
  });
  const firstKept = isOld.indexOf(false);
  const old = firstKept < 0 ? oldest : oldest.slice(0, firstKept);
  return store.pruneSucceeded(old.map(({ id }) => id));
}
