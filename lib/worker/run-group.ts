import type { SplitJob } from '../engine/groups/group-split.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { openRecord, sealOf } from '../engine/record/private.ts';
import { type JobRecord, stringifyRecord, toRecord, unreadableRecord } from '../engine/record/record.ts';
import { ApiaryError, coerceError, DiscardJob } from '../errors.ts';
import { parseData } from '../jobs/check-data.ts';
import type { BoundHandler } from '../jobs/define.ts';
import type { GroupedJob } from '../jobs/handle-group.ts';
import { elementsOf, memberOf } from '../json-text.ts';
import type { JobFacts } from './events.ts';
import { ageMsOf, factsOf } from './facts.ts';

/** What opening a group needs. */
export interface GroupDeps {
  /** Told of each job that became failed by itself out of a group, and how old it was (ms), after Redis has it. */
  onSplit: (job: JobFacts, totalMs: number | null, error: Error) => void;
}

/** A job of a group as it was added; not readable when its record only stands in for one that is no job. */
interface Member {
  id: string;
  record: JobRecord;
  readable: boolean;
  /**
   * As it is written in the list of the carrier: what is stored goes by that, whatever is done with its data
   * meanwhile.
   */
  item: string;
  /** Its record within that. */
  text: string;
}

/** A job whose data was checked: what its handler gets of it, or why it gets nothing. */
type Checked = { member: Member; job: GroupedJob } | BadJob;

/** A job that gets no further. */
interface BadJob {
  member: Member;
  error: Error;
}

/** Throws DiscardJob for a carrier whose handler takes one job at a time: it could do nothing with a list. */
export function requireGroupHandler(job: ActiveJob, { definition: { type } }: BoundHandler): void {
  const { group } = job.record.options;
  if (group?.size === undefined) return;
  const what = `${group.size} jobs of group ${group.name}`;
  throw new DiscardJob(
    `the handler for ${type} takes one job at a time, and these are ${what}: use handleGroup`,
  );
}

/**
 * Opens a carrier: its jobs, each with its data checked. One whose data is not valid, or that cannot be read, becomes
 * failed by itself, as discarded, and the carrier goes on without it, for good. A job that is no carrier is a list of
 * one.
 */
export async function openGroup(
  job: ActiveJob,
  { definition }: BoundHandler,
  { onSplit }: GroupDeps,
): Promise<readonly GroupedJob[]> {
  const checked = await Promise.all(membersOf(job).map((member) => openAndCheck(job, member, definition)));
  const bad = checked.flatMap((one) => ('error' in one ? [one] : []));
  const good = checked.flatMap((one) => ('job' in one ? [one] : []));
  if (bad.length > 0) await split(job, { bad, good, onSplit });
  return good.map((one) => one.job);
}

async function split(
  job: ActiveJob,
  { bad, good, onSplit }: GroupDeps & { bad: readonly BadJob[]; good: readonly { member: Member }[] },
): Promise<void> {
  const [first] = bad;
  if (first && !isCarrier(job)) throw first.error;
  const rest = good.map(({ member }) => member.item);
  // Whoever has the claim now does the same.
  if (!(await job.split(bad.map(toSplit), rest)))
    throw new Error('the claim on the group was lost before it began');
  for (const { member, error } of bad) {
    onSplit({ ...factsOf(job), id: member.id, attempt: 1 }, ageMsOf(member.record, job.now()), error);
  }
}

function membersOf(job: ActiveJob): Member[] {
  const text = job.text ?? stringifyRecord(job.record);
  if (!isCarrier(job)) return [{ id: job.id, record: job.record, readable: true, item: text, text }];
  const { data } = job.record;
  if (!Array.isArray(data)) throw new DiscardJob('the data of a group must be the list of its jobs');
  const items = elementsOf(memberOf(text, 'data') ?? '[]');
  return data.map((value, at) => toMember({ value, item: items[at] ?? 'null', at }, job.startedAt));
}

function isCarrier({ record }: ActiveJob): boolean {
  return record.options.group?.size !== undefined;
}

function toMember({ value, item, at }: { value: unknown; item: string; at: number }, now: number): Member {
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') {
    const stored = 'job' in value ? value.job : null;
    const record = toRecord(stored);
    const text = memberOf(item, 'job') ?? 'null';
    const of = { id: value.id, item, text };
    return record
      ? { ...of, record, readable: true }
      : { ...of, record: unreadableRecord(text, now), readable: false };
  }
  throw new DiscardJob(`job ${at + 1} of the group is no job: somebody has edited its data`);
}

/** The jobs in a carrier are sealed each by itself; a job that is a list of one was opened when it was taken. */
async function openAndCheck(
  job: ActiveJob,
  member: Member,
  definition: BoundHandler['definition'],
): Promise<Checked> {
  if (member.record === job.record || !member.record.options.encrypted) return check(member, definition);
  try {
    openRecord(sealOf(job.sealing, member.id), member.record);
  } catch (thrown) {
    return { member, error: coerceError(thrown) };
  }
  return check(member, definition);
}

async function check(member: Member, definition: BoundHandler['definition']): Promise<Checked> {
  const { id, record, readable } = member;
  if (!readable) return { member, error: new DiscardJob('its record is not a job that bee-queue wrote') };
  try {
    const data = await parseData(definition, record.data);
    const { headers = {}, timestamp } = record.options;
    return { member, job: { id, data, headers, addedAt: timestamp } };
  } catch (error) {
    // A fault in the schema itself is none of the job.
    if (!(error instanceof ApiaryError)) throw error;
    return { member, error: new DiscardJob(error.message) };
  }
}

function toSplit({ member: { id, text }, error }: BadJob): SplitJob {
  return { id, text, error, as: 'discarded' };
}
