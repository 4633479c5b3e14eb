import { allKeys, lockPattern, type QueueKeys } from '../keys.ts';
import { keysWithLines } from '../limits/lines.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** How many keys one command deletes. */
const STEP = 1_000;

/**
 * Deletes a queue with everything in it; resolves with how many keys there were. It looks through the whole key space
 * of Redis: a throttle holds its unique key beyond the job that it was for, and nothing else knows of it then.
 */
export async function destroyQueue(client: RedisClient, keys: QueueKeys): Promise<number> {
  const [workers, batches, groups] = await Promise.all([
    client.zrange(keys.workers, 0, '-1'),
    client.zrange(keys.batchIndex, 0, '-1'),
    client.zrange(keys.groups, 0, '-1'),
  ]);
  const lines = (await keysWithLines({ client, keys })).map(keys.line);
  const gone = [...allKeys(keys), ...batches.map(keys.batch), ...groups.map(keys.group), ...lines];
  // Before the last of its jobs is gone, those elsewhere that wait for them are told.
  await leaveBatches(client, keys);
  const deleted = await client.unlink(...gone, ...workers.map(keys.claims));
  return deleted + (await deleteLocks(client, keys));
}

/** Counts the jobs of a queue as removed in the batches of other queues. */
async function leaveBatches(client: RedisClient, keys: QueueKeys): Promise<void> {
  const ids = await client.hkeys(keys.batches);
  const { batches, jobs, succeeded, failed } = keys;
  for (let from = 0; from < ids.length; from += STEP) {
    const args = ['removed', ...ids.slice(from, from + STEP)];
    await runScript(client, { script: 'tally', keys: [batches, jobs, succeeded, failed], args });
  }
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
