import { randomUUID } from 'node:crypto';
import { queueKeys } from '../engine/keys.ts';
import { type LimitsNote, readLimits } from '../engine/limits/limits.ts';
import { readOwn } from '../engine/own-json.ts';
import { Queries } from '../engine/queries/queries.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { Store } from '../engine/store/store.ts';
import { coerceError } from '../errors.ts';
import { balance } from './balance.ts';
import { carryEvents } from './carry-events.ts';
import type { ShardPlace } from './shard-field.ts';
import { requireRoom } from './split-limits.ts';

/** How often who sets limits begins anew where others begin turns. */
const MOST_AGAIN = 10;

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
  return text === null ? null : readOwn<LimitsNote>(text);
}

/**
 * The same before it has shards: those of the queue itself, which are shared out when it gets some.
 */
export async function limitsToSplit(place: ShardPlace, queue: string): Promise<LimitsNote | null> {
  const { client, prefix } = place;
  return (await wholeLimits(place, queue)) ?? readLimits(client, queueKeys(prefix, queue, client.isCluster));
}

/**
 * Sets limits of a queue with so many shards, and shares them out. Throws JOB_INVALID where not each shard has room
 * for a job that waits, and what is wrong where a shard is away: it has its part as soon as it is there and a worker
 * runs.
 */
export async function setSplitLimits(
  place: ShardPlace,
  queue: string,
  { shards, note }: { shards: number; note: LimitsNote },
): Promise<void> {
  requireRoom(queue, note.limits, shards);
  await share(place, { queue, shards, note });
}

/** Lifts the limits of all shards; false when there were none. */
export async function liftSplitLimits(place: ShardPlace, queue: string): Promise<boolean> {
  const had = (await wholeLimits(place, queue)) !== null;
  await share(place, { queue, note: null });
  return had;
}

/** Another may begin a turn meanwhile, by the same limits: whose is the last has them in force. */
async function share(
  place: ShardPlace,
  { note, ...order }: { queue: string; shards?: number; note: LimitsNote | null },
): Promise<void> {
  const own = { ...order, holder: randomUUID(), takes: true, releases: true };
  let done = await balance(place, { ...own, note });
  for (let again = 0; again < MOST_AGAIN && done.kind === 'overtaken'; again++)
    done = await balance(place, { ...own, above: done.turn });
  if (done.kind === 'done' && done.away !== null) throw coerceError(done.away);
}
