import { queueKeys } from '../engine/keys.ts';
import { RecordLock } from './change-record.ts';
import { shardName } from './route.ts';
import type { ShardPlace } from './shard-field.ts';
import { type ShardRecord, servedBy } from './shard-record.ts';

/**
 * Has shards served again that were let go and hold jobs that are to run, as a door that was asleep may have added some
 * there. Does nothing while somebody changes the shards; whoever calls looks again.
 */
export async function reviveShards(place: ShardPlace, queue: string, record: ShardRecord): Promise<void> {
  for (let at = record.ever - 1; at >= record.served; at--) {
    if (!(await hasWork(place, shardName(queue, at)))) continue;
    const lock = await RecordLock.take(place, queue);
    if (!lock) return;
    try {
      await lock.write(servedBy(await lock.read(), at + 1));
    } finally {
      await lock.release();
    }
    return;
  }
}

/** Whether a shard holds jobs that wait, are delayed or run. */
export async function hasWork({ client, prefix }: ShardPlace, shard: string): Promise<boolean> {
  const { waiting, active, delayed, front, turns, pending, groupOf } = queueKeys(
    prefix,
    shard,
    client.isCluster,
  );
  return (await client.exists(waiting, active, delayed, front, turns, pending, groupOf)) > 0;
}
