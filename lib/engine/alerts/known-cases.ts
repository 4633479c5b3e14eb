import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What knowing kinds of failure works with: a queue. */
export interface KnownCasesDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** What is known of the failures of a queue. */
export interface KnownCases {
  /** Up to which time all was looked at, epoch ms; null where nobody has looked yet. */
  until: number | null;
  /** By fingerprint when it was told of, or seen at the first look. */
  at: ReadonlyMap<string, number>;
}

const UNTIL = 'until';
/** So many kinds are known; with more, those make way that have been known for longest. */
const MOST = 1_000;
const KEPT = 800;
/** As long as failed jobs are kept. */
const KEPT_MS = 90 * 86_400_000;

/** Reads them; what is no number counts as not known. */
export async function readKnownCases({ client, keys }: KnownCasesDeps): Promise<KnownCases> {
  const stored = Object.entries(await client.hgetall(keys.knownCases));
  const at = new Map(stored.map(([name, text]) => [name, Number(text)] as const));
  const until = at.get(UNTIL) ?? Number.NaN;
  at.delete(UNTIL);
  return { until: Number.isFinite(until) ? until : null, at };
}

/** Notes that kinds are known from `now` on, and that all was looked at up to a time. */
export async function noteKnownCases(
  { client, keys }: KnownCasesDeps,
  { fingerprints, until, now }: { fingerprints: readonly string[]; until: number; now: number },
): Promise<void> {
  const fields = fingerprints.flatMap((one) => [one, String(now)]);
  await client.hset(keys.knownCases, UNTIL, String(until), ...fields);
  await client.pexpire(keys.knownCases, KEPT_MS);
  if (fingerprints.length === 0 || (await client.hlen(keys.knownCases)) <= MOST) return;
  const { at } = await readKnownCases({ client, keys });
  const oldest = [...at].sort(([, one], [, other]) => one - other).slice(0, at.size - KEPT);
  if (oldest.length > 0) await client.hdel(keys.knownCases, ...oldest.map(([name]) => name));
}

/** Counts the jobs that have failed for good since a time, epoch ms, and are still there. */
export function countFailedSince({ client, keys }: KnownCasesDeps, since: number): Promise<number> {
  return client.zcount(keys.failedOrder, since, '+inf');
}
