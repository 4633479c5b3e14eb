import { createHash } from 'node:crypto';
import { isWhole } from '../../field-checks.ts';
import { sessionKey, sessionsKey } from '../keys.ts';
import { readOwnAmong } from '../own-json.ts';
import type { RedisClient } from '../scripts.ts';

/** Somebody who has signed in to the monitor by a provider; times are epoch ms. */
export interface StoredSession {
  /** The provider: who a subject is, it alone can tell. */
  issuer: string;
  /** Who it is for the provider, for good. */
  subject: string;
  /** How they are called. */
  name: string;
  /** What their role is told by, as the provider has said when they signed in. */
  groups: string[];
  /** When it is over, whatever they do. */
  endsAt: number;
}

/** What sessions work with. */
export interface SessionsDeps {
  client: RedisClient;
  prefix: string;
}

/** So many are kept; of more, those that would end first end now. */
const MOST_KEPT = 10_000;

/** Stores a session under a secret of which Redis has the digest alone; it ends by itself after `idleMs` unused. */
export async function writeSession(
  { client, prefix }: SessionsDeps,
  secret: string,
  { session, idleMs, now }: { session: StoredSession; idleMs: number; now: number },
): Promise<void> {
  const digest = digestOf(secret);
  const index = sessionsKey(prefix);
  await client.zremrangebyscore(index, '-inf', String(now));
  await client.zadd(index, String(session.endsAt), `${digest} ${session.subject}`);
  // Others may last longer than this one, begun under other settings, and must stay listed.
  const [, last = '0'] = await client.zrange(index, '-1', '-1', 'WITHSCORES');
  await client.pexpireat(index, Math.max(session.endsAt, Number(last)));
  await client.set(sessionKey(prefix, digest), JSON.stringify(session), 'PX', idleMs);
  const tooMany = (await client.zcard(index)) - MOST_KEPT;
  if (tooMany > 0) await endListed({ client, prefix }, await client.zrange(index, '0', String(tooMany - 1)));
}

/**
 * Reads the session of a secret, which counts as used; null where there is none, or none any more, and for one that
 * another provider vouches for than `issuer`.
 */
export async function useSession(
  { client, prefix }: SessionsDeps,
  secret: string,
  { issuer, idleMs, now }: { issuer: string; idleMs: number; now: number },
): Promise<StoredSession | null> {
  const text = await client.getex(sessionKey(prefix, digestOf(secret)), 'PX', idleMs);
  const session = readOwnAmong<Partial<StoredSession> | null>(text ?? 'null');
  return isSession(session) && session.issuer === issuer && now < session.endsAt ? session : null;
}

/** Ends the session of a secret. */
export async function endSession({ client, prefix }: SessionsDeps, secret: string): Promise<void> {
  await client.del(sessionKey(prefix, digestOf(secret)));
}

/** Ends all sessions of a subject; resolves with how many there were. */
export async function endSessionsOf(deps: SessionsDeps, subject: string): Promise<number> {
  const listed = await deps.client.zrange(sessionsKey(deps.prefix), '0', '-1');
  const own = listed.filter((entry) => entry.slice(entry.indexOf(' ') + 1) === subject);
  await endListed(deps, own);
  return own.length;
}

async function endListed({ client, prefix }: SessionsDeps, entries: readonly string[]): Promise<void> {
  for (const entry of entries) {
    await client.del(sessionKey(prefix, entry.slice(0, entry.indexOf(' '))));
    await client.zrem(sessionsKey(prefix), entry);
  }
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function isSession(session: Partial<StoredSession> | null): session is StoredSession {
  const { issuer, subject, name, groups, endsAt } = session ?? {};
  const areTexts = [issuer, subject, name].every((one) => typeof one === 'string');
  return (
    areTexts && Array.isArray(groups) && groups.every((one) => typeof one === 'string') && isWhole(endsAt, 0)
  );
}
