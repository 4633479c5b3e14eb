import type { RedisClient } from '../engine/scripts.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { MOST_SHARDS, shardNames, shardOf } from './route.ts';

/** What Redis says of a queue with shards. */
export interface ShardRecord {
  /** How often it was changed over how many new jobs are spread. */
  readonly change: number;
  /** Over how many new jobs are spread. */
  readonly shards: number;
  /** How many workers serve; never fewer than `shards`. */
  readonly served: number;
  /** How many it ever had: jobs that have ended may still be in any of those. */
  readonly ever: number;
  /** The numbers of shards that it had before, the last first: what was added then may be where those lead. */
  readonly before: readonly number[];
}

/** What a shard says has no longer number than this, see `elsewhere.lua`. */
const MOST_CHANGES = 1e12 - 1;

/** So many earlier numbers are kept. */
const MOST_BEFORE = 4;

/** What a queue without shards is like. */
export const ONE_SHARD: ShardRecord = { change: 0, shards: 1, served: 1, ever: 1, before: [] };

/** The names of all shards in which there may be jobs, in their order. */
export function shardsWithJobs(queue: string, { ever }: ShardRecord): string[] {
  return shardNames(queue, ever);
}

/** The record once new jobs are spread over another number. */
export function spreadOver(record: ShardRecord, shards: number): ShardRecord {
  const before = [record.shards, ...record.before.filter((one) => one !== record.shards)]
    .filter((one) => one !== shards)
    .slice(0, MOST_BEFORE);
  const served = Math.max(record.served, shards);
  return { change: record.change + 1, shards, served, ever: Math.max(record.ever, served), before };
}

/** The record once workers serve another number; never fewer than jobs are spread over. */
export function servedBy(record: ShardRecord, served: number): ShardRecord {
  const most = Math.max(served, record.shards);
  return { ...record, served: most, ever: Math.max(record.ever, most) };
}

/**
 * The record once something else was believed, as a shard told it: by a later change than that, so that nobody goes by
 * it any more, and with all shards in which there may be jobs by it. The record as it is where it was no later.
 */
export function above(record: ShardRecord, believed: ShardRecord): ShardRecord {
  if (believed.change <= record.change || believed.change >= MOST_CHANGES) return record;
  const before = [believed.shards, ...record.before.filter((one) => one !== believed.shards)]
    .filter((one) => one !== record.shards)
    .slice(0, MOST_BEFORE);
  const ever = Math.max(record.ever, believed.ever);
  return { ...record, change: believed.change + 1, ever, before };
}

/** The shards to which a text leads, and led before, each once: the present one first. */
export function placesOf(text: string, { shards, before }: ShardRecord): number[] {
  return [...new Set([shards, ...before].map((count) => shardOf(text, count)))];
}

/** Reads the records of all queues with shards. What is no record counts as none: jobs go to the first shard then. */
export async function readRecords(
  client: RedisClient,
  prefix: string,
): Promise<ReadonlyMap<string, ShardRecord>> {
  const stored = await client.hgetall(shardKeys(prefix).records);
  const records = new Map<string, ShardRecord>();
  for (const [queue, text] of Object.entries(stored)) {
    const record = parseShardRecord(text);
    if (record && record.ever > 1) records.set(queue, record);
  }
  return records;
}

/** Reads a record as it is stored; null for what is none. */
export function parseShardRecord(text: string): ShardRecord | null {
  const { change, shards, served, ever, before } = asObject(text);
  if (!Number.isSafeInteger(change) || Number(change) < 0 || Number(change) > MOST_CHANGES) return null;
  if (!isCount(shards) || !isCount(served) || !isCount(ever)) return null;
  if (shards > served || served > ever) return null;
  if (!Array.isArray(before) || before.length > MOST_BEFORE || !before.every(isCount)) return null;
  return { change: Number(change), shards, served, ever, before };
}

function asObject(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MOST_SHARDS;
}
