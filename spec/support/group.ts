import { type GroupDeps, groupKey, joinGroup } from '../../lib/engine/groups/groups.ts';
import type { JobStart } from '../../lib/engine/record/new-job.ts';
import { type JobRecord, parseRecord } from '../../lib/engine/record/record.ts';
import { jobOf, type SpecEngine } from './engine.ts';

/** How jobs of a spec join a group; by default `user-1`, of which nothing is due within a spec. */
export interface SpecJoin {
  name?: string;
  type?: string;
  graceMs?: number;
  maxDelayMs?: number;
  maxSize?: number;
  start?: JobStart;
  /** Options of the carriers, as the inside of a JSON object. */
  carrier?: string;
}

const HOUR_MS = 3_600_000;

/** A group of the type `job`, as it is named in Redis. */
export function specGroup(name = 'user-1', type = 'job'): string {
  return groupKey(type, name);
}

/** Lets jobs with these ids, whose data names them, join a group in one call; resolves with who was created. */
export function join(
  { client, keys }: GroupDeps,
  ids: readonly string[],
  given: SpecJoin = {},
): Promise<boolean[]> {
  const { name = 'user-1', type = 'job', graceMs = HOUR_MS, maxDelayMs = HOUR_MS, maxSize = 100 } = given;
  const { start = null, carrier = '"retries":0' } = given;
  const jobs = ids.map((id) => jobOf(id, { id }, { retries: 0, group: { name }, type }, start));
  const carrierOptions = `${carrier},"type":${JSON.stringify(type)},"group":{"name":${JSON.stringify(name)}`;
  const rule = { graceMs, maxDelayMs, maxSize, carrierOptions };
  return joinGroup({ client, keys }, jobs, { group: specGroup(name, type), ...rule });
}

/** The carriers in waiting, the next to be run first, each with the ids of its jobs. */
export async function carriers({
  client,
  keys,
  waiting,
}: SpecEngine): Promise<{ id: string; jobs: string[] }[]> {
  const ids = await waiting();
  const records = await Promise.all(ids.map((id) => client.hget(keys.jobs, id)));
  return ids.map((id, at) => ({ id, jobs: jobsIn(parseRecord(records[at] ?? '')) }));
}

/** The ids of the jobs that a carrier has. */
export function jobsIn(record: JobRecord | null | undefined): string[] {
  return Array.isArray(record?.data) ? record.data.map((one: { id: string }) => one.id) : [];
}

/** The names of all that groups have in Redis, but for what remembers the jobs that went into carriers. */
export async function groupKeysOf({ client, keys }: SpecEngine): Promise<string[]> {
  const found = await client.keys(`${keys.group('').slice(0, -1)}*`);
  return found.sort();
}
