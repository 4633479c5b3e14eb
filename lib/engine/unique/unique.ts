import type { QueueKeys } from '../keys.ts';
import { type NewJob, recordOf } from '../record/new-job.ts';
import type { UniqueKey } from '../record/unique-key.ts';
import { type RedisClient, runScript, type ScriptReply } from '../scripts.ts';

export type { UniqueKey } from '../record/unique-key.ts';

/** What became of a job that was added under a unique key. */
export type UniqueSaved = ScriptReply<'save-unique'>;

/**
 * A job that is parked is freed by the end of the holder; this often the promoter makes sure that there still is a
 * holder, for a stock client knows nothing of unique keys.
 */
export const PARKED_LOOK_MS = 60_000;

/** Stores one job under a unique key, or does what is wanted where another holds it; `mark` as of a {@link Route}. */
export function saveUnique(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  job: NewJob,
  { key, ttlMs, onConflict, release }: UniqueKey,
  mark: string,
): Promise<UniqueSaved> {
  const args = {
    id: job.id,
    record: recordOf(job, keys),
    start: job.start,
    key,
    release,
    ttl: ttlMs ?? '',
    onConflict,
    lookMs: PARKED_LOOK_MS,
    isBounded: true,
    mark,
  };
  return runScript(client, { script: 'save-unique', queue: keys, args });
}
