import { randomUUID } from 'node:crypto';
import { allKeys, indexKeys, type QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { finishDeletions } from './deletion.ts';

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

/**
 * Deletes every key of a queue, unless jobs of it run, or it holds jobs and `force` is not set. What it held when this
 * was called is gone, and what is added from then on stays.
 */
export function deleteQueue(deps: DeleteDeps, { force }: { force: boolean }): Promise<Deletion> {
  return cut(deps, force ? 'force' : '');
}

/** Deletes a queue whatever it holds, running jobs too; resolves with how many keys there were. */
export async function destroyQueue(deps: DeleteDeps): Promise<number> {
  const deletion = await cut(deps, 'destroy');
  return deletion.kind === 'deleted' ? deletion.keys : 0;
}

async function cut(deps: DeleteDeps, mode: 'destroy' | 'force' | ''): Promise<Deletion> {
  const { client, keys } = deps;
  const { active, jobs, waiting, delayed, succeeded, failed, workers, graves } = keys;
  // What was done here of queues in other slots stays done, and what is under way to them goes on.
  const staying = keys.isTagged ? [graves, keys.handovers, keys.handed] : [graves];
  const apart = [active, jobs, waiting, delayed, succeeded, failed, workers, ...staying, ...indexKeys(keys)];
  const [kind, count] = await runScript(client, {
    script: 'delete-queue',
    queue: keys,
    others: allKeys(keys).filter((key) => !apart.includes(key)),
    args: { mode, token: randomUUID() },
  });
  if (kind !== 'deleted') return { kind, jobs: count };
  return { kind, keys: count + (await finishDeletions(deps)) };
}
