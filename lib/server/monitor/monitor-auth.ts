import { createHmac, randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { type PasswordHash, parsePasswordHash, verifyPassword } from './password-hash.ts';
import { isRead } from './same-site.ts';

/** Who may use the monitor: a viewer looks, an operator steers too. */
export interface MonitorUser {
  readonly name: string;
  /** `scrypt$<N>$<r>$<p>$<salt base64url>$<key base64url>`. */
  readonly passwordHash: string;
  readonly role: 'viewer' | 'operator';
}

interface Account {
  user: MonitorUser;
  hash: PasswordHash;
}

type Verdict = MonitorUser | null | 'busy';

/** A page brings a dozen requests along; only the first of a minute pays for the hash. */
const REMEMBERED_MS = 60_000;
/** More passwords than these at once are guesses; checking them all would take the thread pool from the workers. */
const MOST_AT_ONCE = 8;
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Apiary", charset="UTF-8"' };

/**
 * Asks for a name and password (HTTP Basic), and refuses a viewer whatever changes anything.
 * Answers 401, 403, or 503 when too many passwords are being checked. Puts the user's name in `res.locals.user`.
 * Throws CONFIG_INVALID when a user's hash is none.
 */
export function basicAuth(users: readonly MonitorUser[], clock: Clock = systemClock): RequestHandler {
  const verdictOn = createVerifier(users.map(toAccount), clock);
  return async (req, res, next) => {
    const credentials = parseBasic(req.get('authorization') ?? '');
    const user = credentials && (await verdictOn(credentials));
    if (user === 'busy') {
      sendProblem(res, httpProblem(503, 'too many are signing in at once; try again'));
    } else if (user === null) {
      sendProblem(res, httpProblem(401, 'a name and its password are required'), CHALLENGE);
    } else if (user.role === 'viewer' && !isRead(req)) {
      sendProblem(res, httpProblem(403, 'viewers may look but not change anything'));
    } else {
      res.locals['user'] = user.name;
      next();
    }
  };
}

function toAccount(user: MonitorUser): Account {
  const hash = parsePasswordHash(user.passwordHash);
  if (hash) return { user, hash };
  throw new ApiaryError(
    'CONFIG_INVALID',
    `the password hash of the monitor's user ${user.name} must be scrypt$N$r$p$salt$key`,
  );
}

/**
 * Verified passwords are remembered as digests under a key of this process; requests that bring the same one at the
 * same time share one check.
 */
function createVerifier(
  accounts: readonly Account[],
  clock: Clock,
): (credentials: Credentials) => Promise<Verdict> {
  const key = randomBytes(32);
  const known = new Map<string, { verdict: Promise<MonitorUser | null>; until: number }>();
  let checking = 0;
  return async ({ name, password }) => {
    const digest = createHmac('sha256', key)
      .update(JSON.stringify([name, password]))
      .digest('base64');
    const remembered = known.get(digest);
    if (remembered && clock.elapsed() < remembered.until) return remembered.verdict;
    if (checking >= MOST_AT_ONCE) return 'busy';
    checking++;
    const verdict = verify(accounts, { name, password }).finally(() => checking--);
    known.set(digest, { verdict, until: clock.elapsed() + REMEMBERED_MS });
    const user = await verdict;
    if (user === null) known.delete(digest);
    return user;
  };
}

async function verify(
  accounts: readonly Account[],
  { name, password }: Credentials,
): Promise<MonitorUser | null> {
  const account = accounts.find(({ user }) => user.name === name);
  // An unknown name costs a check too, or the time of the answer would tell which names exist.
  const hash = account?.hash ?? accounts[0]?.hash;
  const isRight = hash !== undefined && (await verifyPassword(password, hash));
  return isRight && account ? account.user : null;
}

interface Credentials {
  name: string;
  password: string;
}

function parseBasic(header: string): Credentials | null {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
