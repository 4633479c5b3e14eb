import type { Clock } from '../../clock.ts';
import type { MonitorSessions, SessionUse, StoredSession } from '../../inspector/monitor-sessions.ts';
import { joined, type MonitorRole } from '../../monitor-rights.ts';
import type { CookieRule, OwnCookie } from './cookies.ts';
import type { ProviderSettings } from './provider.ts';

/** How people sign in by a provider. */
export interface SignInSettings extends ProviderSettings {
  /** What who is of a group may do. */
  readonly roles: readonly GroupRole[];
  /** How long a session lasts unused, and in all. */
  readonly idleMs: number;
  readonly longestMs: number;
}

/** The role of whoever is of a group, as the provider tells. */
export interface GroupRole extends MonitorRole {
  /** The group. */
  readonly name: string;
}

/** What signing in works with. */
export interface SignInDeps {
  settings: SignInSettings;
  sessions: MonitorSessions;
  clock: Clock;
}

/** Holds the secret of a session. */
export const SESSION_COOKIE: OwnCookie = { name: 'apiary-session', maxAgeMs: null };

/** Where whoever signs in is sent to, and comes back to. */
export const SIGN_IN_ADDRESS = '/sign-in';
/** Where the provider sends people back to, behind the address of the monitor. */
export const CALLBACK_ADDRESS = `${SIGN_IN_ADDRESS}/callback`;
/** Where a browser is asked for a name and password; at the top, so that it sends them for all other addresses. */
export const PASSWORD_ADDRESS = '/sign-in-by-password';
/** Where sessions are ended. */
export const SIGN_OUT_ADDRESS = '/sign-out';

/** What a session must be good for at this moment. */
export function sessionUseOf({ settings: { issuer, idleMs }, clock }: SignInDeps): SessionUse {
  return { issuer, idleMs, now: clock.now() };
}

/** How cookies are set. */
export function cookieRuleOf({ redirectUrl }: SignInSettings): CookieRule {
  return { isSecure: redirectUrl.startsWith('https:') };
}

/** What who is of some groups may do; null for nothing at all. */
export function roleOf(
  { roles }: SignInSettings,
  { groups }: Pick<StoredSession, 'groups'>,
): MonitorRole | null {
  const own = roles.filter(({ name }) => groups.includes(name));
  return own.length === 0 ? null : joined(own);
}
