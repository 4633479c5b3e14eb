import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What looking at unique keys works with: a queue. */
export interface UniqueHolderDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** Who holds a unique key; times are epoch ms. */
export interface UniqueHolder {
  /** The job that holds it; of a throttle it may have ended, or be gone. */
  holderId: string;
  /** What lets go of it: the end of the job, or its time alone, which is a throttle. */
  release: 'end' | 'ttl';
  /** When it is let go at the latest; null where only the end of the job lets go. */
  endsAt: number | null;
  /** The job that is parked behind it, to run once the holder has ended; null when none is. */
  parkedId: string | null;
}

/** Reads who holds a unique key; null when nobody does. */
export async function readHolder(
  { client, keys }: UniqueHolderDeps,
  key: string,
): Promise<UniqueHolder | null> {
  const found = await runScript(client, { script: 'holder-of', queue: keys, args: { key } });
  if (found === null) return null;
  const [holderId, release, endsAt, parkedId] = found;
  return { holderId, release, endsAt: endsAt === '' ? null : Number(endsAt), parkedId: parkedId || null };
}

/** Lets go of a unique key; resolves with the job that held it, null when nobody did. */
export function freeKey({ client, keys }: UniqueHolderDeps, key: string): Promise<string | null> {
  return runScript(client, { script: 'free-key', queue: keys, args: { key } });
}
