import type { RateLimit } from './limits.ts';

/**
 * Tells when the next job of cost 1 gets its token, epoch ms; as take-limited.lua does. `fullAt` is the time at which
 * the bucket will be full, as Redis keeps it; null when it is full.
 */
export function nextTokenAt({ count, perMs, burst = count }: RateLimit, fullAt: number | null): number {
  const intervalMs = perMs / count;
  return (fullAt ?? 0) + intervalMs - burst * intervalMs;
}
