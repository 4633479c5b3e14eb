import { type QueueKeys, queueKeys } from '../engine/keys.ts';
import { Queries } from '../engine/queries/queries.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store/store.ts';

/** What looking at one queue and repairing it takes. */
export interface Room {
  client: RedisClient;
  keys: QueueKeys;
  queue: string;
  queries: Queries;
  store: Store;
}

/** Makes the room of a queue. It is kept nowhere: callers may ask about as many queues as they can think of. */
export function openRoom(client: RedisClient, prefix: string, queue: string): Room {
  const keys = queueKeys(prefix, queue, client.isCluster);
  return { client, keys, queue, queries: new Queries(client, keys), store: new Store(client, keys) };
}
