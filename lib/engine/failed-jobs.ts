import type { QueueKeys } from './keys.ts';
import { type JobRecord, parseRecord, unreadableRecord } from './record.ts';
import type { RedisClient } from './scripts.ts';

/** A job that failed for good, and when (epoch ms). */
export interface FailedJob {
  id: string;
  at: number;
  record: JobRecord;
}

/** How many records are read at a time. */
const WINDOW = 150;

/**
 * Walks the failed jobs of a queue from the newest on, `most` at most, in small groups that hold Redis for a moment each. One
 * that fails meanwhile is not among them, and where some leave the state meanwhile, as many may be passed over.
 */
export async function* newestFailed(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  most: number,
): AsyncGenerator<FailedJob[]> {
  const seen = new Set<string>();
  for (let start = 0; seen.size < most; start += WINDOW) {
    const range = await client.zrange(
      keys.failedOrder,
      start,
      String(start + WINDOW - 1),
      'REV',
      'WITHSCORES',
    );
    if (range.length === 0) return;
    const places = range.flatMap((id, at) => (at % 2 === 0 ? [{ id, at: Number(range[at + 1]) }] : []));
    // Those that failed meanwhile have moved the others on, so that some come twice.
    const fresh = places.filter(({ id }) => !seen.has(id)).slice(0, most - seen.size);
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) yield await withRecords({ client, keys }, fresh);
  }
}

async function withRecords(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  places: readonly { id: string; at: number }[],
): Promise<FailedJob[]> {
  const records = await client.hmget(keys.jobs, ...places.map(({ id }) => id));
  return places.flatMap((place, nth) => {
    const raw = records[nth];
    // Removed between the two reads.
    if (raw === null || raw === undefined) return [];
    return [{ ...place, record: parseRecord(raw) ?? unreadableRecord(raw, 0) }];
  });
}
