import { queueKeys } from '../engine/keys.ts';
import {
  type LimitsNote,
  liftLimits,
  type QueueLimits,
  readLimits,
  writeLimits,
} from '../engine/limits/limits.ts';
import { readOwn } from '../engine/own-json.ts';
import { Queries } from '../engine/queries/queries.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { Store } from '../engine/store/store.ts';
import { ApiaryError } from '../errors.ts';
import { isWhole } from '../field-checks.ts';
import { carryEvents } from './carry-events.ts';
import { shardNames } from './route.ts';
import type { ShardPlace } from './shard-field.ts';
import { splitLimits } from './split-limits.ts';

/**
 * Has further shards of a queue paused as the first is, so that none of them begins what is to stand still; and has
 * their events kept if those of the first are, so that who listens to the queue misses none.
 */
export async function carryPause({ client, prefix }: ShardPlace, names: readonly string[]): Promise<void> {
  const [home, ...others] = names.map((name) => queueKeys(prefix, name, client.isCluster));
  if (!home) return;
  await carryEvents(client, home, others);
  const paused = await new Queries(client, home).paused();
  if (!paused) return;
  await Promise.all(others.map((keys) => new Store(client, keys).pause(paused.by, paused.at)));
}

/** The limits of a queue with shards, as somebody set them for the whole; null where it has none. */
export async function wholeLimits({ client, prefix }: ShardPlace, queue: string): Promise<LimitsNote | null> {
  const text = await client.hget(shardKeys(prefix).limits, queue);
  if (text !== null) return readOwn<LimitsNote>(text);
  return readLimits(client, queueKeys(prefix, queue, client.isCluster));
}

/** Sets limits of a queue with so many shards, each its part. Throws JOB_INVALID where they cannot be split. */
export async function setSplitLimits(
  { client, prefix }: ShardPlace,
  queue: string,
  { shards, note }: { shards: number; note: LimitsNote },
): Promise<void> {
  const parts = requireSplit(queue, note.limits, shards);
  const { limits } = shardKeys(prefix);
  if (shards > 1) await client.hset(limits, queue, JSON.stringify(note));
  const write = (name: string, at: number): Promise<void> =>
    writeLimits(client, queueKeys(prefix, name, client.isCluster), { ...note, limits: parts[at] ?? {} });
  await Promise.all(shardNames(queue, shards).map(write));
  if (shards === 1) await client.hdel(limits, queue);
}

/** Lifts the limits of all shards; false when there were none. */
export async function liftSplitLimits(
  { client, prefix }: ShardPlace,
  names: readonly string[],
  note: Omit<LimitsNote, 'limits'>,
): Promise<boolean> {
  const [queue = ''] = names;
  const forgotten = await client.hdel(shardKeys(prefix).limits, queue);
  const lift = (name: string): Promise<boolean> =>
    liftLimits(client, queueKeys(prefix, name, client.isCluster), note);
  const lifted = await Promise.all(names.map(lift));
  return forgotten > 0 || lifted.includes(true);
}

function requireSplit(queue: string, limits: QueueLimits, shards: number): QueueLimits[] {
  const parts = splitLimits(limits, shards);
  if (parts) return parts;
  const names = ['concurrency', 'maxWaiting'] as const;
  const problems = names
    .filter((name) => limits[name] !== undefined && !isWhole(limits[name], shards, Number.MAX_SAFE_INTEGER))
    .map((path) => ({ path, message: `must be ${shards} or more, as ${queue} has ${shards} shards` }));
  const [first] = problems;
  throw new ApiaryError('JOB_INVALID', `limits are not right: ${first?.path} ${first?.message}`, {
    problems,
  });
}
