import { type JobRecord, parseRecord, toRecord } from '../engine/record/record.ts';
import type { JobAddress } from './job-report.ts';
import type { Kit } from './kit.ts';

/** A job that was added. */
export interface EnqueuedJob extends JobAddress {
  readonly data: unknown;
  /** Its earliest start; null for at once. */
  readonly runAt: Date | null;
}

/** Reads all jobs that were added in a test and are in Redis, those too that ran, in the order of their times. */
export async function readEnqueued(kit: Kit): Promise<EnqueuedJob[]> {
  await kit.discover();
  const found: { job: EnqueuedJob; addedAt: number }[] = [];
  for (const { name: queue, core } of kit.opened) {
    const records = await kit.client.hgetall(core.keys.jobs);
    for (const [id, text] of Object.entries(records)) {
      const record = parseRecord(text);
      if (record) found.push(...membersOf(id, record).map((one) => toEnqueued(queue, one)));
    }
  }
  // Ids of ours sort by time, also within one in which time stands still.
  return found.sort((a, b) => a.addedAt - b.addedAt || compare(a.job.id, b.job.id)).map(({ job }) => job);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** The carrier of a group was added by nobody; the jobs that it carries were. */
function membersOf(id: string, record: JobRecord): { id: string; record: JobRecord }[] {
  if (record.options.group?.size === undefined) return [{ id, record }];
  return (Array.isArray(record.data) ? record.data : []).flatMap((member: unknown) => {
    if (typeof member !== 'object' || member === null || !('job' in member) || !('id' in member)) return [];
    const carried = toRecord(member.job);
    return carried ? [{ id: String(member.id), record: carried }] : [];
  });
}

function toEnqueued(
  queue: string,
  { id, record: { data, options } }: { id: string; record: JobRecord },
): { job: EnqueuedJob; addedAt: number } {
  const runAt = options.delay === undefined ? null : new Date(options.delay);
  return { job: { id, queue, type: options.type ?? queue, data, runAt }, addedAt: options.timestamp };
}
