import type { Clock } from '../../clock.ts';

/** An answer counts for this part of a lease: what is held by then cannot have gone to others within so little. */
const FRESH_PART = 1 / 5;

/**
 * Asks until the answer is fresh. One that is read late may be from before this process stood still, and what it says
 * of a claim be over since.
 */
export async function freshAnswer<Answer>(
  clock: Clock,
  leaseMs: number,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    const askedAt = clock.elapsed();
    const answer = await ask();
    if (clock.elapsed() - askedAt < leaseMs * FRESH_PART) return answer;
  }
}
