import type { QueueKeys } from '../engine/keys.ts';
import type { JobCounts, Queries } from '../engine/queries/queries.ts';
import type { PauseNote } from '../engine/record/pause-note.ts';

/** A queue as the inspector shows it. */
export interface QueueInfo {
  name: string;
  counts: JobCounts;
  /** Age of the job that is next in waiting, in ms; 0 when nothing waits. */
  latencyMs: number;
  /** How late the earliest delayed job, group or schedule is that a worker is to see to, in ms; 0 when none is due. */
  overdueMs: number;
  /** Who paused it and when, or null. */
  paused: PauseNote | null;
  /** How many jobs wait in groups; they are in none of the counts. */
  grouped: number;
  processedToday: number;
  failedToday: number;
  /** Its shards, whose counts are in those above; absent where it has none. */
  shards?: ShardInfo[] | undefined;
}

/** A shard of a queue. */
export type ShardInfo = Pick<QueueInfo, 'name' | 'counts' | 'latencyMs'>;

/** Reads a queue, or a shard of one, as it is at `now`, epoch ms. */
export async function readQueueInfo(
  { keys: { queue }, queries }: { keys: Pick<QueueKeys, 'queue'>; queries: Queries },
  now: number,
): Promise<QueueInfo> {
  const { oldestWaitingAt, nextDueAt, ...snapshot } = await queries.snapshot(now);
  const [latencyMs, overdueMs] = [msSince(oldestWaitingAt, now), msSince(nextDueAt, now)];
  return { name: queue, latencyMs, overdueMs, ...snapshot };
}

function msSince(at: number | null, now: number): number {
  return at === null ? 0 : Math.max(0, now - at);
}
