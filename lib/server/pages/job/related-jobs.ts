import {
  type AuditEntry,
  type BatchInfo,
  failureOfJob,
  type Inspector,
  type JobInfo,
} from '../../../inspector/inspector.ts';
import { beside } from '../beside.ts';

/** What a job has to do with others, beside what its record says. */
export interface RelatedJobs {
  /** Its batch as it stands; null when it is of none, or that is over for long. */
  batch: BatchInfo | null;
  /** The job that holds its unique key, and the one that is parked behind that; null for none, and for itself. */
  holderId: string | null;
  parkedId: string | null;
  /** The jobs of the ticks of its schedule before and after its own; null for none that is remembered. */
  tickBefore: string | null;
  tickAfter: string | null;
  /** What people did to it and to its kind of failure, newest first. */
  acts: readonly AuditEntry[];
}

const NO_UNIQUE = { holderId: null, parkedId: null };
const NO_TICKS = { tickBefore: null, tickAfter: null };

/**
 * Reads it: one question for each thing that the job has, and one for what people did. The page is of the job: what of
 * this cannot be read is left out.
 */
export async function readRelated(inspector: Inspector, job: JobInfo): Promise<RelatedJobs> {
  const [batch, unique, ticks, acts] = await Promise.all([
    beside(job.batch && inspector.batches.get(job.batch.queue, job.batch.id), null),
    beside(readUnique(inspector, job), NO_UNIQUE),
    beside(readTicks(inspector, job), NO_TICKS),
    beside(inspector.audit.about(job.queue, idsOf(job)), []),
  ]);
  return { batch, ...unique, ...ticks, acts };
}

function idsOf(job: JobInfo): string[] {
  const fingerprint = job.errors.length === 0 ? null : failureOfJob({ ...job, state: 'failed' });
  return fingerprint === null ? [job.id] : [job.id, fingerprint];
}

async function readUnique(
  { uniqueKeys }: Inspector,
  { queue, id, options }: JobInfo,
): Promise<Pick<RelatedJobs, 'holderId' | 'parkedId'>> {
  const found = options.unique && (await uniqueKeys.holder(queue, options.unique.key));
  const other = (one: string | null | undefined): string | null => (one && one !== id ? one : null);
  return { holderId: other(found?.holderId), parkedId: other(found?.parkedId) };
}

async function readTicks(
  { schedules }: Inspector,
  { queue, id, schedule }: JobInfo,
): Promise<Pick<RelatedJobs, 'tickBefore' | 'tickAfter'>> {
  if (schedule === null) return NO_TICKS;
  // A schedule that is gone is one that cannot be read.
  const firings = await schedules.firings(queue, schedule.name);
  // Newest first.
  const jobs = firings.flatMap((firing) => (firing.outcome === 'fired' ? [firing.jobId] : []));
  const at = jobs.indexOf(id);
  return at < 0 ? NO_TICKS : { tickBefore: jobs[at + 1] ?? null, tickAfter: jobs[at - 1] ?? null };
}
