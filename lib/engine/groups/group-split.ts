import type { QueueKeys } from '../keys.ts';
import { type JobOutcome, type JobRecord, stringifyRecord } from '../record.ts';
import type { ScriptCall } from '../scripts.ts';
import { addError, messageJson } from '../session/settlement.ts';

/** A job that becomes failed by itself out of a running carrier. */
export interface SplitJob {
  id: string;
  /** As it was before it went into the carrier. */
  record: JobRecord;
  error: Error;
  as: Exclude<JobOutcome, 'succeeded' | 'failed'>;
}

/** A running carrier from which jobs are taken. */
export interface Split {
  id: string;
  /** Of the carrier, without those jobs. */
  record: JobRecord;
  /** Epoch ms by Redis's clock. */
  now: number;
  jobs: readonly SplitJob[];
}

/** The call that takes jobs out of a running carrier. */
export function splitCall(
  keys: QueueKeys,
  { incarnation, keepsFailed }: { incarnation: string; keepsFailed: boolean },
  { id, record, now, jobs }: Split,
): ScriptCall {
  return {
    script: 'split-group',
    keys: [keys.claims(incarnation), keys.jobs, keys.failed, keys.failedOrder, keys.stats, keys.events],
    args: [id, stringifyRecord(record), keepsFailed ? '1' : '0', ...jobs.flatMap((job) => toArgs(job, now))],
  };
}

/** The carrier's own record has the job as it was, should Redis not take this. */
function toArgs({ id, record: asAdded, error, as }: SplitJob, now: number): [string, string, string] {
  const record = structuredClone(asAdded);
  addError({ record, attempt: 1, startedAt: now }, error, { durationMs: 0 });
  record.options.outcome = as;
  record.status = 'failed';
  return [id, stringifyRecord(record), messageJson(error)];
}
