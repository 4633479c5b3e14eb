import { readOwn } from '../engine/own-json.ts';
import type { NewJob } from '../engine/record/new-job.ts';
import type { JobRecord } from '../engine/record/record.ts';

/** By what it is told, beside its id, in which shard a job goes. */
export interface Placing {
  /** The option `key` of the job; null for none. */
  readonly key: string | null;
  /** Whether it is tied to others: these are all in the first shard. */
  readonly isLinked: boolean;
}

/** Reads it out of a job that was written out already, as it is asked of few. */
export function placingOf({ ending }: NewJob): Placing {
  const { options } = readOwn<Pick<JobRecord, 'options'>>(`{${ending.slice(1)}`);
  return { key: options.key ?? null, isLinked: options.links !== undefined };
}
