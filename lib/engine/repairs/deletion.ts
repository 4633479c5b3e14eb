import type { QueueKeys } from '../keys.ts';
import { finishHandOvers } from '../links/hand-over-sweeper.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** How many keys and jobs one call sees to. */
const STEP = 500;

/**
 * Finishes every deletion of a queue that was begun, also by somebody who did not get to the end; resolves with how
 * many keys were removed. One command when there is none.
 */
export async function finishDeletions(deps: { client: RedisClient; keys: QueueKeys }): Promise<number> {
  let removed = 0;
  const tokens = await deps.client.hkeys(deps.keys.graves);
  for (const token of tokens) removed += await finish(deps, token);
  if (tokens.length > 0) await finishHandOvers(deps);
  return removed;
}

async function finish(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  token: string,
): Promise<number> {
  const call = { script: 'bury', queue: keys, args: { token, most: STEP } } as const;
  let removed = 0;
  for (;;) {
    const [isDone, count] = await runScript(client, call);
    removed += count;
    if (isDone) return removed;
  }
}
