import { queueKeys } from '../engine/keys.ts';
import { tell } from '../engine/tell-callers.ts';
import { readField, type ShardPlace } from './shard-field.ts';
import type { ShardRecord } from './shard-record.ts';

/** What is looked for: a job by its id, or one that holds a unique key. */
export type Sought = { id: string } | { unique: string };

/**
 * Says by which mark a job goes to a shard where it led before; null where it does not go there. It does where what is
 * sought is there. And it does while that shard tells of an earlier change than the one that is known here: others may
 * still add there, so all do, by that earlier mark; as soon as the shard tells of the later one, nobody does.
 */
export async function earlierPlace(
  place: ShardPlace,
  { shard, record, sought }: { shard: string; record: ShardRecord; sought: Sought },
): Promise<string | null> {
  const { client, prefix } = place;
  const keys = queueKeys(prefix, shard, client.isCluster);
  // In this order: once it tells of the later change, nothing comes there that is not found.
  const telling = readField(place, shard);
  const finding =
    'id' in sought ? client.hexists(keys.jobs, sought.id) : client.exists(keys.lock(sought.unique));
  const [told, found] = await Promise.all([telling, tell(client, finding)]);
  if (found === 1) return String(record.change);
  return told && told.change < record.change ? String(told.change) : null;
}
