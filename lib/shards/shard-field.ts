import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';
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

/** Has a shard tell who adds there. */
export async function writeField(
  { client, prefix }: ShardPlace,
  shard: string,
  record: ShardRecord,
): Promise<void> {
  const { meta } = queueKeys(prefix, shard, client.isCluster);
  await client.hset(meta, FIELD, toldText(record));
}

/** The same, where it tells nothing. */
export async function restoreField(
  { client, prefix }: ShardPlace,
  shard: string,
  record: ShardRecord,
): Promise<void> {
  const { meta } = queueKeys(prefix, shard, client.isCluster);
  await client.hsetnx(meta, FIELD, toldText(record));
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
