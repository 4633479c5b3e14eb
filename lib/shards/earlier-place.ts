import { queueKeys } from '../engine/keys.ts';
import { tell } from '../engine/tell-callers.ts';
import { shardName, shardOf } from './route.ts';
import { readField, type ShardPlace } from './shard-field.ts';
import { placesOf, type ShardRecord } from './shard-record.ts';

/** What is looked for: a job by its id, or one that holds a unique key. */
export type Sought = { id: string } | { unique: string };

/** A job of which it is asked where it goes, as its like may be where it led before. */
export interface PlacedJob {
  queue: string;
  record: ShardRecord;
  /** What leads to a shard. */
  text: string;
  sought: Sought;
}

/** A shard, from 0, and the mark by which a job goes there. */
export interface Place {
  at: number;
  mark: string;
}

/**
 * Says where a job goes: to the shard where what is sought is, of all where it leads and led before. Where it is in
 * none of these, and the one where it led before tells of that earlier change still, others may still add there; so all
 * do, by that earlier mark. As soon as that shard tells of the later change, nobody does, and it goes where it leads
 * now.
 */
export async function placeOf(place: ShardPlace, job: PlacedJob): Promise<Place> {
  const { record, text } = job;
  const [now = 0, ...earlier] = placesOf(text, record);
  const mark = String(record.change);
  let late: Place | null = null;
  for (const at of earlier) {
    const { isThere, told } = await look(place, job, at);
    if (isThere) return { at, mark };
    if (told && told.change < record.change && shardOf(text, told.shards) === at)
      late = { at, mark: String(told.change) };
  }
  if (!late || (await look(place, job, now)).isThere) return { at: now, mark };
  return late;
}

async function look(
  place: ShardPlace,
  { queue, sought }: PlacedJob,
  at: number,
): Promise<{ isThere: boolean; told: ShardRecord | null }> {
  const { client, prefix } = place;
  const shard = shardName(queue, at);
  const keys = queueKeys(prefix, shard, client.isCluster);
  // In this order: once it tells of the later change, nothing comes there that is not found.
  const telling = readField(place, shard);
  const finding =
    'id' in sought ? client.hexists(keys.jobs, sought.id) : client.exists(keys.lock(sought.unique));
  const [told, found] = await Promise.all([telling, tell(client, finding)]);
  return { isThere: found === 1, told };
}
