import { queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../lib/engine/scripts.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { shardNames } from '../../lib/shards/route.ts';
import { writeField } from '../../lib/shards/shard-field.ts';
import type { ShardRecord } from '../../lib/shards/shard-record.ts';

/** The place of the records of a spec. */
export interface SpecShardPlace {
  client: RedisClient;
  prefix?: string;
}

/** Gives a queue so many shards at once, or a whole record, and tells who listens and who adds. */
export async function giveShards(
  { client, prefix = 'bq' }: SpecShardPlace,
  queue: string,
  given: number | ShardRecord,
): Promise<void> {
  const record =
    typeof given === 'number' ? { change: 1, shards: given, served: given, ever: given, before: [] } : given;
  defineScripts(client);
  const { records, changed } = shardKeys(prefix);
  await client.hset(records, queue, JSON.stringify(record));
  for (const name of shardNames(queue, record.ever))
    await writeField({ client, prefix }, name, { record, fence: 0 });
  await client.publish(changed, queue);
}

/** Reads the record of a queue as it is stored. */
export async function recordOf(
  { client, prefix = 'bq' }: SpecShardPlace,
  queue: string,
): Promise<ShardRecord | null> {
  const text = await client.hget(shardKeys(prefix).records, queue);
  return text === null ? null : JSON.parse(text);
}

/** The ids of the jobs that are in each of the first shards of a queue. */
export function idsByShard(
  { client, prefix = 'bq' }: SpecShardPlace,
  queue: string,
  count: number,
): Promise<string[][]> {
  const idsOf = (shard: string): Promise<string[]> =>
    client.hkeys(queueKeys(prefix, shard, client.isCluster).jobs);
  return Promise.all(shardNames(queue, count).map(idsOf));
}
