import { allKeys, lockPattern, type QueueKeys } from './keys.ts';
import type { RedisClient } from './scripts.ts';

/** How many keys one command deletes. */
const STEP = 1_000;

/**
 * Deletes a queue with everything in it; resolves with how many keys there were. It looks through the whole key space
 * of Redis: a throttle holds its unique key beyond the job that it was for, and nothing else knows of it then.
 */
export async function destroyQueue(client: RedisClient, keys: QueueKeys): Promise<number> {
  const workers = await client.zrange(keys.workers, 0, '-1');
  const groups = await client.zrange(keys.groups, 0, '-1');
  const sets = [...workers.map(keys.claims), ...groups.map(keys.group)];
  const deleted = await client.unlink(...allKeys(keys), ...sets);
  return deleted + (await deleteLocks(client, keys));
}

/** Deletes every lock of a queue; resolves with how many there were. */
export async function deleteLocks(client: RedisClient, keys: QueueKeys): Promise<number> {
  const names = await findLocks(client, keys);
  let deleted = 0;
  for (let from = 0; from < names.length; from += STEP) {
    deleted += await client.unlink(...names.slice(from, from + STEP));
  }
  return deleted;
}

async function findLocks(client: RedisClient, keys: QueueKeys): Promise<string[]> {
  const found: string[] = [];
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const node of nodes) {
    const stream = node.scanStream({ match: lockPattern(keys), count: 1_000, type: 'string' });
    for await (const names of stream) found.push(...(names as string[]));
  }
  return found;
}
