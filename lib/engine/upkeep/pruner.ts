import type { Queries } from '../queries/queries.ts';
import type { Store } from '../store/store.ts';

/** How long finished jobs stay at most, in ms, and how many of them; -1 for all. */
export interface RetentionLimits {
  succeededMs: number;
  failedMs: number;
  keepSucceeded: number;
  keepFailed: number;
}

/** How many jobs one step looks at. */
const STEP = 100;

/**
 * Removes finished jobs of one queue that are older than they may be, and the oldest where they are more than they may
 * be: who makes jobs failed by hand does not count them. Resolves with how many. In small steps, so that Redis serves
 * others in between. `now` is epoch ms.
 */
export async function pruneFinished(
  { store, queries }: { store: Store; queries: Queries },
  { succeededMs, failedMs, keepSucceeded, keepFailed }: RetentionLimits,
  now: number,
): Promise<number> {
  let removed = 0;
  let over = keepSucceeded < 0 ? 0 : (await queries.counts()).succeeded - keepSucceeded;
  for (let step = STEP; step === STEP; removed += step) {
    step = await pruneStep({ store, queries }, { before: now - succeededMs, over });
    over -= step;
  }
  for (let step = 1; step > 0; removed += step) step = await store.pruneFailed(now - failedMs, keepFailed);
  return removed;
}

async function pruneStep(
  { store, queries }: { store: Store; queries: Queries },
  { before, over }: { before: number; over: number },
): Promise<number> {
  const oldest = await queries.page('succeeded', 0, STEP, false);
  const isOld = oldest.map(({ record: { options } }, at) => {
    const [, startedAt, durationMs] = options.run ?? [0, options.timestamp, 0, ''];
    return at < over || startedAt + durationMs < before;
  });
  const firstKept = isOld.indexOf(false);
  const old = firstKept < 0 ? oldest : oldest.slice(0, firstKept);
  return store.pruneSucceeded(old.map(({ id }) => id));
}
