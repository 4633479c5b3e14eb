import type { QueueKeys } from '../keys.ts';
import type { NewJob } from '../record/new-job.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** The key that a job is added under, which at most one job of the queue holds. */
export interface UniqueKey {
  key: string;
  /** How long it is held at most, counted from the start of the job; null for as long as the job goes on. */
  ttlMs: number | null;
  /** What becomes of the new job where another one holds the key. */
  onConflict: 'return' | 'reject' | 'replace';
  /** `end`: held until the job has ended; `ttl`: for the whole of `ttlMs`, also when it has ended before. */
  release: 'end' | 'ttl';
}

/** What became of a job that was added under a unique key. */
export type UniqueSaved =
  /** Stored; `delayed` also where it is parked until the holder of the key has ended. */
  | { outcome: 'created'; id: string; state: 'waiting' | 'delayed' }
  /** Not stored: its own id was taken. */
  | { outcome: 'existed'; id: string }
  /** Not stored: the job named holds the key. */
  | { outcome: 'held'; id: string }
  /** Not stored by itself: the job named has its data and options now. */
  | { outcome: 'replaced'; id: string };

/**
 * A job that is parked is freed by the end of the holder; this often the promoter makes sure that there still is a
 * holder, for a stock client knows nothing of unique keys.
 */
export const PARKED_LOOK_MS = 60_000;

/** Stores one job under a unique key, or does what is wanted where another job holds it. */
export async function saveUnique(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  { id, data, ending, start }: NewJob,
  { key, ttlMs, onConflict, release }: UniqueKey,
): Promise<UniqueSaved> {
  const { jobs, waiting, delayed, earlierDelayed, active, succeeded, failed, losses, uniques } = keys;
  const reply = await runScript(client, {
    script: 'save-unique',
    keys: [jobs, waiting, delayed, earlierDelayed, active, succeeded, failed, losses, uniques, keys.lock('')],
    args: [id, data, start, key, release, ttlMs ?? '', onConflict, PARKED_LOOK_MS, ending],
  });
  const [outcome, savedId, state] = reply as [UniqueSaved['outcome'], string, ('waiting' | 'delayed')?];
  return outcome === 'created'
    ? { outcome, id: savedId, state: state ?? 'waiting' }
    : { outcome, id: savedId };
}
