import type { JobCounts, PauseNote, Queries } from '../engine/queries/queries.ts';

/** A queue as the inspector shows it. */
export interface QueueInfo {
  name: string;
  counts: JobCounts;
  /** Age of the job that is next in waiting, in ms; 0 when nothing waits. */
  latencyMs: number;
  /** Who paused it and when, or null. */
  paused: PauseNote | null;
  /** How many jobs wait in groups; they are in none of the counts. */
  grouped: number;
  processedToday: number;
  failedToday: number;
}

/** Reads a queue as it is at `now`, epoch ms. */
export async function readQueueInfo(
  { queue, queries }: { queue: string; queries: Queries },
  now: number,
): Promise<QueueInfo> {
  const { oldestWaitingAt, ...snapshot } = await queries.snapshot(now);
  const latencyMs = oldestWaitingAt === null ? 0 : Math.max(0, now - oldestWaitingAt);
  return { name: queue, latencyMs, ...snapshot };
}
