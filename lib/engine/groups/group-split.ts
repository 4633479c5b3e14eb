import type { QueueKeys } from '../keys.ts';
import { type JobSeal, openRecord, type Sealing, sealOf, sealRecord } from '../record/private.ts';
import {
  type JobOutcome,
  type JobRecord,
  parseRecord,
  rewriteRecord,
  unreadableRecord,
} from '../record/record.ts';
import { addError, messageJson } from '../record/settlement.ts';
import type { ScriptCall } from '../scripts.ts';

/** A job that becomes failed by itself out of a running carrier. */
export interface SplitJob {
  id: string;
  /** Its record as it was before it went into the carrier, as text; what is no record stands for itself. */
  text: string;
  error: Error;
  as: Exclude<JobOutcome, 'succeeded' | 'failed'>;
}

/** A running carrier from which jobs are taken. */
export interface Split {
  id: string;
  /** Of the carrier, without those jobs, as it will be stored. */
  record: string;
  /** Epoch ms by Redis's clock. */
  now: number;
  jobs: readonly SplitJob[];
}

/** The call that takes jobs out of a running carrier. */
export function splitCall(
  keys: QueueKeys,
  { incarnation, keepsFailed }: { incarnation: string; keepsFailed: boolean },
  { id, record, now, jobs }: Split,
): ScriptCall<'split-group'> {
  return {
    script: 'split-group',
    queue: keys,
    keys: { claims: keys.claims(incarnation) },
    args: { carrier: id, rest: record, isKept: keepsFailed },
    rest: jobs.flatMap((job) => toArgs(job, now, keys)),
  };
}

function toArgs({ id, text, error, as }: SplitJob, now: number, sealing: Sealing): [string, string, string] {
  const read = parseRecord(text);
  const record = read ?? unreadableRecord(text, now);
  const seal = read?.options.encrypted ? opened(sealing, id, read) : null;
  addError({ record, attempt: 1, startedAt: now }, error, { durationMs: 0 });
  record.options.outcome = as;
  record.status = 'failed';
  const storable = seal ? sealRecord(seal, record) : record;
  return [id, rewriteRecord(read && text, storable), messageJson(error, seal)];
}

/** Null for one that cannot be opened: then nothing of it is in the clear, and why it failed is no secret. */
function opened(sealing: Sealing, id: string, record: JobRecord): JobSeal | null {
  try {
    const seal = sealOf(sealing, id);
    openRecord(seal, record);
    return seal;
  } catch {
    return null;
  }
}
