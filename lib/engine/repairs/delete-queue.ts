import { allKeys, type QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { deleteLocks } from './deletion.ts';

/** What deleting works with: a queue. */
export interface DeleteDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** Whether a queue was deleted, or why not. */
export type Deletion =
  | { kind: 'deleted'; keys: number }
  /** Jobs of it run. */
  | { kind: 'active'; jobs: number }
  /** It holds jobs, and nobody said that they may go. */
  | { kind: 'filled'; jobs: number };

/** Deletes every key of a queue at once, unless jobs of it run, or it holds jobs and `force` is not set. */
export async function deleteQueue(
  { client, keys }: DeleteDeps,
  { force }: { force: boolean },
): Promise<Deletion> {
  const { active, jobs, waiting, delayed, succeeded, failed, workers } = keys;
  const named = [active, jobs, waiting, delayed, succeeded, failed, workers];
  const ofLines = [keys.turns, keys.pending];
  const ofBatches = [keys.batches, keys.batchIndex];
  const all = [...named, ...ofLines, ...ofBatches, keys.groups];
  const others = allKeys(keys).filter((key) => !all.includes(key));
  const reply = await runScript(client, {
    script: 'delete-queue',
    keys: [
      ...[...named, keys.claims('')],
      ...[...ofLines, keys.line('')],
      ...[...ofBatches, keys.batch('')],
      ...[keys.groups, keys.group('')],
      ...others,
    ],
    args: [force ? 'force' : ''],
  });
  const [kind, count] = reply as [Deletion['kind'], number];
  if (kind !== 'deleted') return { kind, jobs: count };
  return { kind, keys: count + (await deleteLocks(client, keys)) };
}
