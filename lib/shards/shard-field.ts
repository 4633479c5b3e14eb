import { queueKeys } from '../engine/keys.ts';
import { type RedisClient, runScript } from '../engine/scripts.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { tell } from '../engine/tell-callers.ts';
import { parseShardRecord, type ShardRecord } from './shard-record.ts';

/** Where shards are. */
export interface ShardPlace {
  client: RedisClient;
  prefix: string;
}

/** The field of the meta of each shard that tells who adds there of the shards; `elsewhere.lua` reads it. */
const FIELD = 'shards';

/**
 * Reads what a shard says of the shards of its queue, as adds are told it: the number of the change, then the record.
 * Null for what is none.
 */
export function parseTold(text: string): ShardRecord | null {
  const [, change, json] = /^(\d{1,12}) (.*)$/s.exec(text) ?? [];
  const record = json === undefined ? null : parseShardRecord(json);
  return record && record.change === Number(change) ? record : null;
}

/**
 * Has a shard tell who adds there; false, and nothing is written, where it was told something by who has a greater
 * fencing number, see `RecordLock`. The look and the write are one script, so one that was paused past its lock writes
 * nothing old.
 */
export function writeField(place: ShardPlace, shard: string, told: Told): Promise<boolean> {
  return write(place, shard, { ...told, restores: false });
}

/** The same, where it tells nothing. */
export function restoreField(place: ShardPlace, shard: string, told: Told): Promise<boolean> {
  return write(place, shard, { ...told, restores: true });
}

/** What a shard is to tell, and the fencing number of who says so. */
export interface Told {
  record: ShardRecord;
  fence: number;
}

function write(
  { client, prefix }: ShardPlace,
  shard: string,
  { record, fence, restores }: Told & { restores: boolean },
): Promise<boolean> {
  const queue = queueKeys(prefix, shard, client.isCluster);
  const args = { change: fence, text: toldText(record), restores };
  return runScript(client, { script: 'tell-shards', queue, args });
}

/** The fencing number of who told a shard something last; 0 where nobody has. */
export async function fenceOf({ client, prefix }: ShardPlace, shard: string): Promise<number> {
  const known = Number(await client.hget(queueKeys(prefix, shard, client.isCluster).meta, 'change'));
  return Number.isSafeInteger(known) ? known : 0;
}

/** The fencing number of who last had the lock of a queue; 0 where nobody had. */
export async function lastFence({ client, prefix }: ShardPlace, queue: string): Promise<number> {
  return Number((await client.hget(shardKeys(prefix).turn(queue), 'change')) ?? 0);
}

function toldText(record: ShardRecord): string {
  return `${record.change} ${JSON.stringify(record)}`;
}

/** What a shard, or a queue under its own name, tells who adds there; null where it tells nothing. */
export async function readField({ client, prefix }: ShardPlace, shard: string): Promise<ShardRecord | null> {
  const { meta } = queueKeys(prefix, shard, client.isCluster);
  const text = await tell(client, client.hget(meta, FIELD).catch(noneWhereRefused));
  return text === null ? null : parseTold(text);
}

/** What is of another type tells nothing, and neither does Redis to who has no right to read it. */
function noneWhereRefused(error: unknown): null {
  if (error instanceof Error && /^(NOPERM|WRONGTYPE)/.test(error.message)) return null;
  throw error;
}
