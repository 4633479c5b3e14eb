import { randomBytes, scryptSync } from 'node:crypto';
import { parseRole } from '../../lib/monitor-rights.ts';
import type { MonitorUser } from '../../lib/server/monitor/password-check.ts';

/** As cheap as a hash may be: what is looked at with it is not its strength. */
export function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
  return `scrypt$16384$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** A user of the monitor whose password is the name, with a role as settings have it. */
export function monitorUser(name: string, roleText: string): MonitorUser {
  const role = parseRole(roleText);
  if (!role) throw new Error(`${roleText} is no role`);
  return { name, passwordHash: cheapHash(name), ...role };
}

/** What such a user's requests bring along. */
export function signedIn(name: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${name}:${name}`).toString('base64')}` };
}
