import { parseRecord } from '../record/record.ts';
import { runScript } from '../scripts.ts';
import type { MovedJob, RestoreDeps } from './moved.ts';

/**
 * Stores jobs in the states in which they were, those that ran as waiting, in one step; those of a list newest first.
 * Resolves with how many were stored: one whose id exists is left alone. Days are not counted anew, and a unique key
 * that another job holds stays with that. Rejects, with nothing changed, when a key of the queue is not what it should
 * be.
 */
export async function restoreJobs(
  { client, keys }: RestoreDeps,
  jobs: readonly MovedJob[],
  now: number,
): Promise<number> {
  if (jobs.length === 0) return 0;
  const rest = jobs.flatMap((job) => partsOf(job, now));
  const taken = await runScript(client, { script: 'restore', queue: keys, rest });
  return jobs.length - taken.length;
}

function partsOf({ id, state, at, record, signals = '' }: MovedJob, now: number): (string | number)[] {
  const unique = parseRecord(record)?.options.unique;
  // What other programs stored is not always what it should be.
  const key = unique === undefined || unique.key === '' ? '' : String(unique.key);
  const ttl = typeof unique?.ttl === 'number' && unique.ttl >= 0 ? unique.ttl : '';
  return [id, state, at ?? now, record, key, unique?.release === 'ttl' ? 'ttl' : 'end', ttl, signals];
}
