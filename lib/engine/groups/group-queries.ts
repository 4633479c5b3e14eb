import { type StoredJob, toStoredJob } from '../record/stored-job.ts';
import type { RedisClient } from '../scripts.ts';
import type { GroupDeps } from './groups.ts';

/** A group as it stands; times are epoch ms. */
export interface GroupSnapshot {
  type: string;
  name: string;
  /** How many jobs have joined. */
  size: number;
  /** How many more are in it whose own time has not come. */
  delayed: number;
  /** When it is handed over if nothing joins until then; null while every job of it is delayed. */
  dueAt: number | null;
  /** When the first and the last of its jobs joined; null while none has. */
  firstJoinedAt: number | null;
  lastJoinedAt: number | null;
  /** What its producer said last. */
  graceMs: number;
  maxDelayMs: number;
  maxSize: number;
}

const US = 1_000;

/** A job and the group in which it waits. */
type JoinedJob = Pick<StoredJob, 'id' | 'record' | 'privacy'> & { group: string };

/** Counts the groups of a queue. */
export function countGroups({ client, keys }: GroupDeps): Promise<number> {
  return client.zcard(keys.groups);
}

/** Reads groups, those that are due first first, from position `start` on. */
export async function readGroups(
  deps: GroupDeps,
  { start, size }: { start: number; size: number },
): Promise<GroupSnapshot[]> {
  const groups = await deps.client.zrange(deps.keys.groups, start, String(start + size - 1));
  const read = await Promise.all(groups.map((group) => readGroup(deps, group)));
  return read.filter((one) => one !== null);
}

/** Reads one group; null when nothing waits in it. */
export async function readGroup({ client, keys }: GroupDeps, group: string): Promise<GroupSnapshot | null> {
  const set = keys.group(group);
  const now = await microsNow(client);
  const [rule, total, size, [, first], [, last]] = await Promise.all([
    client.hget(keys.groupRules, group),
    client.zcard(set),
    client.zcount(set, '-inf', now),
    client.zrange(set, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES'),
    client.zrange(set, String(now), '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES'),
  ]);
  // Handed over between the reads.
  if (rule === null || total === 0) return null;
  const [graceMs = 0, maxDelayMs = 0, maxSize = 0] = rule.split(' ', 3).map(Number);
  const at = group.indexOf(':');
  const firstJoinedAt = toMs(first);
  const lastJoinedAt = toMs(last);
  const isEmpty = firstJoinedAt === null || lastJoinedAt === null;
  return {
    type: group.slice(0, at),
    name: group.slice(at + 1),
    size,
    delayed: Math.max(0, total - size),
    dueAt: isEmpty ? null : Math.min(lastJoinedAt + graceMs, firstJoinedAt + maxDelayMs),
    firstJoinedAt,
    lastJoinedAt,
    graceMs,
    maxDelayMs,
    maxSize,
  };
}

/** Reads jobs of a group in the order in which they join it, from position `start` on. */
export async function readMembers(
  { client, keys }: GroupDeps,
  group: string,
  { start, size }: { start: number; size: number },
): Promise<StoredJob[]> {
  const [found, now] = await Promise.all([
    client.zrange(keys.group(group), start, String(start + size - 1), 'WITHSCORES'),
    microsNow(client),
  ]);
  const ids = found.filter((_, at) => at % 2 === 0);
  const records = ids.length > 0 ? await client.hmget(keys.jobs, ...ids) : [];
  return ids.flatMap((id, at) => {
    const raw = records[at];
    // Handed over, or removed by a stock client, between the reads.
    if (raw === null || raw === undefined) return [];
    const job = toStoredJob(keys, { id, raw, state: 'waiting', due: null });
    return [asMember({ ...job, group, countsFrom: Number(found[at * 2 + 1]), now })];
  });
}

/** Reads a job as one that waits in a group; null when it does not. */
export async function readMember(
  { client, keys }: GroupDeps,
  { id, record, privacy, group }: JoinedJob,
): Promise<StoredJob | null> {
  const [countsFrom, now] = await Promise.all([client.zscore(keys.group(group), id), microsNow(client)]);
  return countsFrom === null
    ? null
    : asMember({ id, record, privacy, group, countsFrom: Number(countsFrom), now });
}

/** Counts the jobs in a group, delayed ones too. */
export function countMembers({ client, keys }: GroupDeps, group: string): Promise<number> {
  return client.zcard(keys.group(group));
}

/** The carrier into which a job went within the last minutes; null when none is known. */
export async function carrierOf({ client, keys }: GroupDeps, id: string): Promise<string | null> {
  const [note, older] = await Promise.all([
    client.hget(keys.gathered, id),
    client.hget(keys.gatheredBefore, id),
  ]);
  return (note ?? older)?.slice(MARK_LENGTH) ?? null;
}

/** Before the name of the carrier stands what tells the record of the job from others; `gather.lua` writes it. */
const MARK_LENGTH = 16;

/** One that has not joined yet is delayed until it does. */
function asMember(member: JoinedJob & { countsFrom: number; now: number }): StoredJob {
  const { id, record, privacy, group, countsFrom, now } = member;
  if (countsFrom <= now) return { id, record, privacy, group, state: 'waiting', dueAt: null };
  return { id, record, privacy, group, state: 'delayed', dueAt: toMs(countsFrom) };
}

async function microsNow(client: RedisClient): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000_000 + Number(micros);
}

function toMs(micros: string | number | undefined): number | null {
  return micros === undefined ? null : Math.floor(Number(micros) / US);
}
