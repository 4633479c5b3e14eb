import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { MonitorRole } from '../../monitor-rights.ts';
import { addressKey, createLoginLimits, type LoginAttempt, type LoginLimits } from './login-limits.ts';
import { type PasswordHash, parsePasswordHash, verifyPassword } from './password-hash.ts';

/** Who may use the monitor: a viewer looks, an operator steers too. */
export interface MonitorUser extends MonitorRole {
  readonly name: string;
  /** `scrypt$<N>$<r>$<p>$<salt base64url>$<key base64url>`. */
  readonly passwordHash: string;
}

/** A name and password, and the address that brings them. */
export interface Credentials extends LoginAttempt {
  password: string;
}

/** What comes of a check: the user, or why there is none. */
export type Verdict =
  | { kind: 'known'; user: MonitorUser }
  /** The name or the password is wrong; nobody is told which. */
  | { kind: 'wrong' }
  /** Too many passwords are being checked at this moment. */
  | { kind: 'busy' }
  /** Too many from there were wrong. */
  | { kind: 'limited'; retryAfterMs: number };

interface Account {
  user: MonitorUser;
  hash: PasswordHash;
}

interface Remembered {
  verdict: Promise<Verdict>;
  until: number;
}

/** A page brings a dozen requests along; only the first of them pays for the hash. */
const REMEMBERED_MS = 60_000;
/** More passwords than these at once are guesses; checking them all would take the thread pool from the workers. */
const MOST_AT_ONCE = 8;

/** Throws CONFIG_INVALID when a user's hash is none. */
export function requirePasswordHashes(users: readonly MonitorUser[]): void {
  for (const user of users) toAccount(user);
}

/**
 * Makes the check of names and passwords; the users are asked for at each, as they may be others by then. A verified
 * one is remembered for its address, until a minute passes without it or the users change, as a digest under a key of
 * this process; requests that bring the same one at the same time share one check. Throws CONFIG_INVALID when a user's
 * hash is none.
 */
export function createPasswordCheck(
  currentUsers: () => readonly MonitorUser[],
  clock: Clock = systemClock,
): (credentials: Credentials) => Promise<Verdict> {
  const key = randomBytes(32);
  const digest = (...parts: string[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest();
  const limits = createLoginLimits();
  let users = currentUsers();
  let judge = createJudge(users.map(toAccount), limits, digest);
  const remembered = new Map<string, Remembered>();
  let checking = 0;
  return async (credentials) => {
    const { address, name, password } = credentials;
    const id = digest(addressKey(address), name, password).toString('base64');
    const isFlooded = await limits.isFlooded(credentials);
    if (users !== currentUsers()) {
      users = currentUsers();
      judge = createJudge(users.map(toAccount), limits, digest);
      remembered.clear();
    }
    const known = remembered.get(id);
    const now = clock.elapsed();
    if (known && now < known.until && !isFlooded) {
      known.until = now + REMEMBERED_MS;
      return known.verdict;
    }
    if (checking >= MOST_AT_ONCE) return { kind: 'busy' };
    checking++;
    for (const [other, { until }] of remembered) if (until <= now) remembered.delete(other);
    const verdict = judge(credentials).finally(() => checking--);
    remembered.set(id, { verdict, until: now + REMEMBERED_MS });
    const { kind } = await verdict;
    if (kind !== 'known') remembered.delete(id);
    return verdict;
  };
}

function toAccount(user: MonitorUser): Account {
  const hash = parsePasswordHash(user.passwordHash);
  if (hash) return { user, hash };
  throw new ApiaryError(
    'CONFIG_INVALID',
    `the password hash of the monitor's user ${user.name} must be scrypt$N$r$p$salt$key, with N·r·p from 131072 up`,
  );
}

function createJudge(
  accounts: readonly Account[],
  limits: LoginLimits,
  digest: (...parts: string[]) => Buffer,
): (credentials: Credentials) => Promise<Verdict> {
  return async ({ address, name, password }) => {
    const admission = await limits.admit({ address, name });
    if (!admission.admitted) return { kind: 'limited', retryAfterMs: admission.retryAfterMs };
    const account = accounts.find(({ user }) => user.name === name);
    // An unknown name costs a check too, or the time of the answer would tell which names exist; and since hashes may
    // differ in cost, which one it costs is fixed for the name, as it is for a name that exists.
    const { hash } = account ?? accounts[digest(name).readUInt32BE() % accounts.length] ?? {};
    const isRight = hash !== undefined && (await verifyPassword(password, hash));
    if (!isRight || !account) return { kind: 'wrong' };
    await admission.forgive();
    return { kind: 'known', user: account.user };
  };
}
