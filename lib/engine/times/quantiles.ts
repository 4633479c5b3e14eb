import { boundsOf } from './time-buckets.ts';

/**
 * The time that so great a part of all were not longer than, in ms, by their histogram; null where there were none. It
 * is in the same bucket as that of the rank, so it is off by less than the width of that.
 */
export function quantileOf(buckets: Uint32Array, part: number): number | null {
  const count = countOf(buckets);
  if (count === 0) return null;
  const rank = Math.min(count, Math.max(1, Math.ceil(part * count)));
  let below = 0;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    const here = buckets[bucket] ?? 0;
    if (below + here < rank) {
      below += here;
      continue;
    }
    const { fromMs, toMs } = boundsOf(bucket);
    // As if those in it lay evenly.
    return fromMs + ((rank - below - 0.5) / here) * (toMs - fromMs);
  }
  return null;
}

/** How many times a histogram has. */
export function countOf(buckets: Uint32Array): number {
  return buckets.reduce((sum, count) => sum + count, 0);
}
