import { type QueueKeys, queueKeys } from '../engine/keys.ts';
import { Queries } from '../engine/queries/queries.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store.ts';

/** What looking at one queue and repairing it takes. */
export interface Room {
  client: RedisClient;
  keys: QueueKeys;
  queue: string;
  queries: Queries;
  store: Store;
}

/** Returns what gives out the room of a queue, each made once. */
export function roomsOf(client: RedisClient, prefix: string): (queue: string) => Room {
  const rooms = new Map<string, Room>();
  return (queue) => {
    const known = rooms.get(queue);
    if (known) return known;
    const keys = queueKeys(prefix, queue, client.isCluster);
    const room = { client, keys, queue, queries: new Queries(client, keys), store: new Store(client, keys) };
    rooms.set(queue, room);
    return room;
  };
}
