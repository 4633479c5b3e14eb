import type { JobStart } from '../../lib/engine/record/new-job.ts';
import type { UniqueKey, UniqueSaved } from '../../lib/engine/unique/unique.ts';
import { jobOf, type SpecEngine } from './engine.ts';

/** How a spec adds a job under a unique key. */
export interface UniqueAdd extends Partial<UniqueKey> {
  /** Default names the job. */
  data?: unknown;
  start?: JobStart;
  retries?: number;
  /** Whose limits apply to it; default nobody's. */
  line?: string;
}

/** Stores a job under a unique key; by default under `k`, to be run at once and held until its end. */
export function addUnique(
  { store }: Pick<SpecEngine, 'store'>,
  id: string,
  add: UniqueAdd = {},
): Promise<UniqueSaved> {
  const { data = { id }, start = null, retries = 0, line, ...given } = add;
  const unique: UniqueKey = { key: 'k', ttlMs: null, onConflict: 'return', release: 'end', ...given };
  const { key, ttlMs, release } = unique;
  const stored = { key, ...(ttlMs !== null && { ttl: ttlMs }), ...(release === 'ttl' && { release }) };
  const job = jobOf(id, data, { ...(line !== undefined && { key: line }), retries, unique: stored }, start);
  return store.saveUnique(job, unique);
}

/** The names of all that unique keys have left in Redis. */
export function uniqueKeysOf({ client, keys }: SpecEngine): Promise<string[]> {
  return client.keys(`${keys.uniques.slice(0, -1)}*`);
}
