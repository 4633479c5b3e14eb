import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** How many jobs one call puts back at most. */
const STEP = 1_000;

/** Where the last worker has left, what it has sorted into lines goes back to where stock workers look. */
export async function putBack({ client, keys }: { client: RedisClient; keys: QueueKeys }): Promise<void> {
  while (await runScript(client, { script: 'put-back', queue: keys, args: { most: STEP } }));
}
