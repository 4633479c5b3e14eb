import { type QueueKeys, queueKeys } from '../engine/keys.ts';
import { Queries } from '../engine/queries/queries.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store/store.ts';
import type { Keyring } from '../keyring.ts';
import { requireWellFormed } from '../names.ts';

/** What looking at one queue and repairing it takes. */
export interface Room {
  client: RedisClient;
  keys: QueueKeys;
  queue: string;
  queries: Queries;
  store: Store;
}

/** What rooms are made of. */
export interface RoomDeps {
  client: RedisClient;
  prefix: string;
  /** How long the data may be that a job is given, as JSON in bytes; default a mebibyte. */
  maxDataBytes?: number;
  /** By what encrypted jobs are opened; default nothing. */
  keyring?: Keyring | null;
}

/**
 * Makes the room of a queue, for what is to be done with jobs of these ids, if any. It is kept nowhere: callers may
 * ask about as many queues as they can think of. Throws JOB_INVALID for an id that Redis would take for another one.
 */
export function openRoom(
  { client, prefix, maxDataBytes, keyring = null }: RoomDeps,
  queue: string,
  ids: readonly string[] = [],
): Room {
  for (const id of ids) requireWellFormed('id', id);
  const keys = queueKeys(prefix, queue, client.isCluster, keyring);
  const store = new Store(client, keys, maxDataBytes);
  return { client, keys, queue, queries: new Queries(client, keys), store };
}
