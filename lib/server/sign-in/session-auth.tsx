import type { Request, RequestHandler, Response } from 'express';
import { systemClock } from '../../clock.ts';
import type { StoredSession } from '../../inspector/monitor-sessions.ts';
import type { MonitorRole } from '../../monitor-rights.ts';
import { sendPage } from '../pages/answer-page.tsx';
import type { Page } from '../pages/layout.tsx';
import { noteRole, visitOf } from '../pages/visit.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { withinLimit } from '../time-limit.ts';
import { clearCookie, readCookie } from './cookies.ts';
import {
  cookieRuleOf,
  PASSWORD_ADDRESS,
  roleOf,
  SESSION_COOKIE,
  SIGN_IN_ADDRESS,
  type SignInDeps,
  sessionUseOf,
} from './sign-in.ts';

/** What asking for a session works with. */
export interface SessionAuthDeps extends SignInDeps {
  /** Asks for a name and password, and lets nobody pass without. */
  byPassword: RequestHandler;
  /** The names of those who have a password, asked for at each request. */
  namesWithPassword: () => readonly string[];
}

const LIMIT_MS = 10_000;

/**
 * Lets those pass who have signed in by the provider, and those who bring a name and a password that are known. Shows
 * all others the page on which they can sign in, and programs a problem of status 401.
 */
export function sessionAuth(deps: SessionAuthDeps): RequestHandler {
  const { settings, sessions, byPassword, namesWithPassword } = deps;
  return async (req, res, next) => {
    const names = namesWithPassword();
    const isAsked = req.headers.authorization !== undefined || req.path === PASSWORD_ADDRESS;
    if (names.length > 0 && isAsked) return byPassword(req, res, next);
    const rule = cookieRuleOf(settings);
    const own = readCookie(req, SESSION_COOKIE, rule);
    const use = sessionUseOf(deps);
    const reading = { clock: systemClock, limitMs: LIMIT_MS, what: 'reading the session' };
    const session = own === null ? null : await withinLimit(reading, () => sessions.use(own, use));
    const role = session && roleOf(settings, session);
    if (session && role) {
      noteSession(res, { session, role, names });
      return next();
    }
    if (own !== null) clearCookie(res, SESSION_COOKIE, rule);
    // Asked anew: who asks for a password where nobody has one any more lets everybody in.
    const hasPasswords = namesWithPassword().length > 0;
    if (hasPasswords && !wantsPage(req)) return byPassword(req, res, next);
    refuse(req, res, hasPasswords);
  };
}

interface KnownSession {
  session: StoredSession;
  role: MonitorRole;
  names: readonly string[];
}

function noteSession(res: Response, { session: { name, subject }, role, names }: KnownSession): void {
  // Of two of one name the audit must tell which.
  res.locals['user'] = names.includes(name) ? `${name} (${subject})` : name;
  res.locals['canChange'] = role.role === 'operator';
  res.locals['canSignOut'] = true;
  noteRole(res, role);
}

function wantsPage(req: Request): boolean {
  return req.method === 'GET' && !req.xhr && req.accepts(['application/problem+json', 'html']) === 'html';
}

function refuse(req: Request, res: Response, hasPasswords: boolean): void {
  if (!wantsPage(req)) sendProblem(res, httpProblem(401, 'sign in at the monitor first'));
  else sendPage(res, visitOf(req, systemClock.now()), signInPage(req.originalUrl, hasPasswords));
}

function signInPage(to: string, hasPasswords: boolean): Page {
  const body = (
    <>
      <h1>Sign in</h1>
      <p>
        <a id="sign-in" href={`${SIGN_IN_ADDRESS}?${new URLSearchParams({ to })}`}>
          Sign in by the provider
        </a>
      </p>
      {hasPasswords && (
        <p>
          <a href={PASSWORD_ADDRESS}>Sign in by name and password</a>
        </p>
      )}
    </>
  );
  return { title: 'Sign in', section: null, body, status: 401 };
}
