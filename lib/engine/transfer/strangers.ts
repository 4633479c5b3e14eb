import { parseRecord } from '../record/record.ts';
import type { MovedJob, RestoreDeps } from './moved.ts';

/**
 * Tells which of jobs that were restored are not there, as another job has their id: the same job was added at the same
 * time.
 */
export async function strangersAmong(
  { client, keys }: RestoreDeps,
  jobs: readonly MovedJob[],
): Promise<string[]> {
  const records = await client.hmget(keys.jobs, ...jobs.map(({ id }) => id));
  return jobs.filter((job, at) => !isSame(job.record, records[at] ?? null)).map(({ id }) => id);
}

/** One that is gone has ended meanwhile. */
function isSame(moved: string, stored: string | null): boolean {
  const [one, other] = [parseRecord(moved)?.options, stored === null ? null : parseRecord(stored)?.options];
  if (other === null) return true;
  return one?.timestamp === other?.timestamp;
}
