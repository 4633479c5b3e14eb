import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What ended on one day, by UTC. */
export interface HistoryDay {
  /** As `2026-01-31`. */
  day: string;
  /** Jobs that ended: the sum of the two below. */
  processed: number;
  succeeded: number;
  /** Jobs that failed for good; an attempt that is tried again is not counted. */
  failed: number;
}

/** What history works with: a queue. */
export interface HistoryDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** For how many days, today included, the counts are kept. */
export const HISTORY_DAYS = 90;

const DAY_MS = 86_400_000;

/** Reads the counts of the last `days` days, today first; a day without jobs counts 0. `now` is epoch ms. */
export async function readHistory(
  { client, keys }: HistoryDeps,
  days: number,
  now: number,
): Promise<HistoryDay[]> {
  const today = dayOf(now);
  const wanted = Array.from({ length: days }, (_, ago) => today - ago);
  const fields = wanted.flatMap((day) => [`succeeded:${day}`, `failed:${day}`]);
  const counts = await client.hmget(keys.stats, ...fields);
  return wanted.map((day, at) => {
    const succeeded = Number(counts[at * 2] ?? 0);
    const failed = Number(counts[at * 2 + 1] ?? 0);
    const date = new Date(day * DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length);
    return { day: date, processed: succeeded + failed, succeeded, failed };
  });
}

/** Forgets the counts of days that nobody can ask for any more; resolves with how many. `now` is epoch ms. */
export async function pruneHistory({ client, keys }: HistoryDeps, now: number): Promise<number> {
  const firstKept = dayOf(now) - HISTORY_DAYS + 1;
  const fields = await client.hkeys(keys.stats);
  const old = fields.filter((field) => Number(field.split(':')[1]) < firstKept);
  return old.length === 0 ? 0 : client.hdel(keys.stats, ...old);
}

/** The day of a moment (epoch ms) by which it is counted: days since the epoch, by UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
