import type { QueueLimits, RateLimit } from '../engine/limits/limits.ts';

/**
 * Splits the limits of a queue among its shards: what holds for the whole in even parts, the first ones larger where it
 * does not come out even, and what holds for a key as it is, as all jobs of a key are in one shard. Together they never
 * let more begin than the whole. Null where there are fewer slots, or less room, than shards.
 */
export function splitLimits(limits: QueueLimits, shards: number): QueueLimits[] | null {
  const { concurrency, rate, maxWaiting, ...others } = limits;
  const least = Math.min(concurrency ?? shards, maxWaiting ?? shards);
  if (least < shards) return null;
  return Array.from({ length: shards }, (_, at) => ({
    ...others,
    ...(concurrency !== undefined && { concurrency: part(concurrency, shards, at) }),
    ...(maxWaiting !== undefined && { maxWaiting: part(maxWaiting, shards, at) }),
    ...(rate !== undefined && { rate: partOfRate(rate, shards, at) }),
  }));
}

function part(whole: number, shards: number, at: number): number {
  return Math.floor(whole / shards) + (at < whole % shards ? 1 : 0);
}

/** Where there are fewer tokens than shards, each gets them more rarely. */
function partOfRate({ count, perMs, burst = count }: RateLimit, shards: number, at: number): RateLimit {
  const own = { burst: Math.max(1, part(burst, shards, at)) };
  if (count < shards) return { count, perMs: perMs * shards, ...own };
  return { count: part(count, shards, at), perMs, ...own };
}
