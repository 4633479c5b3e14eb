import type { JobState, QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** Reads the states of jobs, null where there is no such job. */
export async function readStates(
  client: RedisClient,
  keys: QueueKeys,
  ids: readonly string[],
): Promise<(JobState | null)[]> {
  const states = await runScript(client, { script: 'state', queue: keys, rest: ids });
  return states.map((state) => (state === '' ? null : state));
}

/** Reads the state of one job; null when there is no such job. */
export async function readState(client: RedisClient, keys: QueueKeys, id: string): Promise<JobState | null> {
  const [state] = await readStates(client, keys, [id]);
  return state ?? null;
}
