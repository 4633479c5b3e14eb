import { systemClock } from '../../lib/clock.ts';
import type { QueueKeys } from '../../lib/engine/keys.ts';
import { lostTooOften } from '../../lib/engine/pump/outcome.ts';
import { settlementArgs } from '../../lib/engine/record/settlement.ts';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { Session } from '../../lib/engine/session/session.ts';

const LOSS_LIMIT = 3;
/** As the workers have it: they go on with the look that is begun here. */
const ORPHAN_INTERVAL_MS = 5_000;
const OPTIONS = {
  leaseMs: 60_000,
  judgesAfterMs: 0,
  keepSucceeded: -1,
  keepFailed: -1,
  publish: 'always',
} as const;

/** The incarnations of all workers of a queue, as {@link buryWorkers} takes them. */
export function workersOf(client: RedisClient, keys: QueueKeys): Promise<string[]> {
  return client.zrange(keys.workers, 0, '-1');
}

/**
 * Lets the leases of workers of a queue be over, by default of all, of those too that live, and does at once what a worker
 * would do then that had stood by for long: what they held goes back, and what was lost three times has failed.
 */
export async function buryWorkers(
  client: RedisClient,
  keys: QueueKeys,
  workers?: readonly string[],
): Promise<void> {
  for (const worker of workers ?? (await workersOf(client, keys)))
    await client.zadd(keys.workers, 'XX', 1, worker);
  const session = new Session({ client, keys, clock: systemClock }, OPTIONS);
  const { doomed } = await session.recover({ lossLimit: LOSS_LIMIT, orphanIntervalMs: ORPHAN_INTERVAL_MS });
  const ends = doomed.map((taken) => {
    const attempt = { ...taken, attempt: 1, startedAt: session.now() };
    return settlementArgs(attempt, lostTooOften(LOSS_LIMIT), { durationMs: 0, worker: 'spec:1' });
  });
  await session.exchange(ends, 0);
  await session.leave();
}
