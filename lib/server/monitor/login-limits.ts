import { createHash } from 'node:crypto';
import { ipKeyGenerator } from 'express-rate-limit';
import { systemClock } from '../../clock.ts';
import { Recent } from '../../recent.ts';

/** Who tries to log in, and from where. */
export interface LoginAttempt {
  /** The IP address of the other end of the connection. */
  address: string;
  name: string;
}

/** Whether a password may be checked: if so, `forgive` takes the attempt back, as one that has not failed. */
export type Admission =
  | { admitted: true; forgive(): Promise<void> }
  | { admitted: false; retryAfterMs: number };

/** Bounds how many passwords are tried. */
export interface LoginLimits {
  /** Counts an attempt as failed until it is forgiven, so that guesses at the same time cannot pass together. */
  admit(attempt: LoginAttempt): Promise<Admission>;
  /**
   * Whether somebody is guessing at great speed. Most guesses are then refused without a look at the password. If the
   * right one were still let in because it is remembered, that answer alone would give it away; so it is refused too.
   */
  isFlooded(attempt: LoginAttempt): Promise<boolean>;
}

const WINDOW_MS = 60_000;
const MOST_PER_NAME = 10;
const FLOOD_PER_NAME = 100;
const MOST_PER_ADDRESS = 50;
/** Names are counted in so many heaps per address, so that made-up ones cannot fill the memory. */
const NAME_HEAPS = 4_096;
/**
 * How many addresses, and heaps of names, are kept in mind: who has more addresses than that is held by no such limit.
 */
const MOST_KEPT = 50_000;
/** What one customer of a network gets is a whole subnet of this size. */
const IPV6_PREFIX = 64;

/**
 * Allows 10 failed logins a minute for an address and a name, and 50 for an address over all names. No name is kept:
 * people type passwords where the name belongs.
 */
export function createLoginLimits(): LoginLimits {
  const names = limit(MOST_PER_NAME);
  const addresses = limit(MOST_PER_ADDRESS);
  return {
    admit: async ({ address, name }) => {
      const from = addressKey(address);
      const byName = await names.count(nameKey(from, name));
      const byAddress = await addresses.count(from);
      const forgive = async (): Promise<void> => {
        await byName.takeBack();
        await byAddress.takeBack();
      };
      const retryAfterMs = Math.max(byName.waitMs, byAddress.waitMs);
      if (retryAfterMs === 0) return { admitted: true, forgive };
      // What is refused was no guess, and must not use up what the address has for other names.
      await byAddress.takeBack();
      return { admitted: false, retryAfterMs };
    },
    isFlooded: async ({ address, name }) =>
      (await names.total(nameKey(addressKey(address), name))) > FLOOD_PER_NAME,
  };
}

/** Names the network from which an address is one: itself, or for IPv6 its /64. */
export function addressKey(address: string): string {
  return ipKeyGenerator(address, IPV6_PREFIX);
}

interface Count {
  /** How long until the next may pass; 0 when this one does. */
  waitMs: number;
  takeBack(): Promise<void>;
}

interface Limit {
  count(key: string): Promise<Count>;
  /** How many were counted and not taken back. */
  total(key: string): Promise<number>;
}

/** What was counted in the minute that began with the first. */
interface Minute {
  hits: number;
  /** Epoch ms. */
  resetAt: number;
}

function limit(most: number): Limit {
  const minutes = new Recent<string, Minute>(MOST_KEPT);
  const current = (key: string): Minute | null => {
    const known = minutes.get(key);
    return known && systemClock.now() < known.resetAt ? known : null;
  };
  return {
    count: async (key) => {
      const minute = current(key) ?? { hits: 0, resetAt: systemClock.now() + WINDOW_MS };
      minute.hits++;
      minutes.set(key, minute);
      return {
        waitMs: minute.hits > most ? Math.max(1, minute.resetAt - systemClock.now()) : 0,
        takeBack: async () => {
          minute.hits--;
        },
      };
    },
    total: async (key) => current(key)?.hits ?? 0,
  };
}

function nameKey(from: string, name: string): string {
  const heap =
    createHash('sha256')
      .update(JSON.stringify([from, name]))
      .digest()
      .readUInt32BE() % NAME_HEAPS;
  return `${from} ${heap}`;
}
