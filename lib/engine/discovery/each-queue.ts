import type { Clock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { toUnavailable } from '../../redis/unavailable.ts';
import { requireList } from '../../require-given.ts';
import { queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { whyUnreadable } from './wrong-keys.ts';

/** What going over queues works with. */
export interface EachQueueDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
}

/** How far it goes. */
export interface EachQueueRule {
  /** After so many ms it stops, and what was not looked at is left out; default never. */
  withinMs?: number;
}

/** A queue that could not be read, and what is wrong with it. */
export interface UnreadableQueue {
  name: string;
  /** A sentence for people: which key holds what it should not, and what to do. */
  reason: string;
}

/** What came of going over queues, in their order. */
export interface VisitedQueues<Value> {
  read: [name: string, value: Value][];
  unreadable: UnreadableQueue[];
  /** Those that the time did not suffice for. */
  leftOut: string[];
}

/** In how many of the unreadable queues the wrong key is looked for. */
const MOST_EXPLAINED = 20;

/**
 * Goes over queues, some dozens at a time, each by itself: one that cannot be read is told of and hides no other.
 * Rejects with what says that Redis is away, since that is about none of them.
 */
export async function eachQueue<Value>(
  { client, prefix, clock }: EachQueueDeps,
  names: readonly string[],
  visit: (name: string) => Promise<Value>,
  rule: EachQueueRule = {},
): Promise<VisitedQueues<Value>> {
  requireList('inspector.eachQueue', 'names of queues', names);
  const isFatal = (error: unknown): boolean => toUnavailable(error) !== null;
  const { done, failed, leftOut } = await overMany(names, visit, { ...rule, clock, isFatal });
  const explained = failed.slice(0, MOST_EXPLAINED).map(async ([name, error]) => {
    const keys = queueKeys(prefix, name, client.isCluster);
    return { name, reason: await whyUnreadable({ client, keys }, error) };
  });
  const others = failed.slice(MOST_EXPLAINED).map(([name]) => ({ name, reason: 'it cannot be read either' }));
  return { read: done, unreadable: [...(await Promise.all(explained)), ...others], leftOut };
}
