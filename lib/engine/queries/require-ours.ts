import { isLabel, isName, requireName } from '../../names.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { tell } from '../tell-callers.ts';

/**
 * Throws JOB_INVALID for a name that no queue of ours can have, before anything is stored under it. A queue of that
 * name which holds jobs was made by a stock bee-queue, which takes any, and may be steered as any other.
 */
export async function requireOurs({
  client,
  keys,
  queue,
}: {
  client: RedisClient;
  keys: QueueKeys;
  queue: string;
}): Promise<void> {
  if (isName(queue)) return;
  // What Redis would know by another name is refused whether or not there is such a queue.
  if (!isLabel(queue) || (await tell(client, client.exists(keys.jobs))) === 0) requireName('queue', queue);
}
