import { isoTime } from '../../clock.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { carrierOf, type GroupSnapshot, readGroup } from './group-queries.ts';
import { type GroupDeps, groupKey } from './groups.ts';

/** Why a job that was added to a group is not running. */
export type GroupReason = {
  text: string;
} /** It waits in a group, which is due then; null while none of its jobs has joined. */ & (
  | { reason: 'grouped'; type: string; group: string; size: number; dueAt: number | null }
  /** It was handed over with the others of its group some minutes ago, by the job named. */
  | { reason: 'gathered'; carrier: string }
);

/** Tells which group a job waits in; nothing when it waits in none, or was handed over just now. */
export async function whyGrouped(deps: GroupDeps, job: StoredJob): Promise<GroupReason[]> {
  const { type, group } = job.record.options;
  if (job.group === undefined || type === undefined || group === undefined) return [];
  const found = await readGroup(deps, groupKey(type, group.name));
  if (found === null) return [];
  const { size, dueAt, name } = found;
  return [{ reason: 'grouped', type, group: name, size, dueAt, text: textOf(found) }];
}

/** Tells what became of a job that is not there; nothing when it did not go into a carrier. */
export async function whyGathered(deps: GroupDeps, id: string): Promise<GroupReason[]> {
  const carrier = await carrierOf(deps, id);
  if (carrier === null) return [];
  const text = `it was handed over with the others of its group: job ${carrier} carries it`;
  return [{ reason: 'gathered', carrier, text }];
}

function textOf({ name, size, maxSize, dueAt, delayed }: GroupSnapshot): string {
  if (dueAt === null) return `it is delayed, and joins group ${name} then`;
  const more = delayed > 0 ? `, ${delayed} more are delayed` : '';
  const until = `until ${isoTime(dueAt)} at the earliest, or ${maxSize} have joined`;
  return `it is one of ${size} in group ${name}${more}, which waits ${until}`;
}
