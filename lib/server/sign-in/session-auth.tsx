import type { Request, RequestHandler, Response } from 'express';
import { rightsOfRole } from '../../monitor-rights.ts';
import { sendPage } from '../pages/answer-page.tsx';
import type { Page } from '../pages/layout.tsx';
import { noteRights, visitOf } from '../pages/visit.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { clearCookie, readCookie } from './cookies.ts';
import {
  cookieRuleOf,
  PASSWORD_ADDRESS,
  roleOf,
  SESSION_COOKIE,
  SIGN_IN_ADDRESS,
  type SignInDeps,
} from './sign-in.ts';

/** What asking for a session works with. */
export interface SessionAuthDeps extends SignInDeps {
  /** Asks for a name and password, and lets nobody pass without. */
  byPassword: RequestHandler;
  /** The names of those who have a password, asked for at each request. */
  namesWithPassword: () => readonly string[];
}

/**
 * Lets those pass who have signed in by the provider, and those who bring a name and a password that are known. Shows
 * all others the page on which they can sign in, and programs a problem of status 401.
 */
export function sessionAuth(deps: SessionAuthDeps): RequestHandler {
  const { settings, sessions, clock, byPassword, namesWithPassword } = deps;
  return async (req, res, next) => {
    const hasPasswords = namesWithPassword().length > 0;
    const isAsked = req.headers.authorization !== undefined || req.path === PASSWORD_ADDRESS;
    if (hasPasswords && isAsked) return byPassword(req, res, next);
    const rule = cookieRuleOf(settings);
    const own = readCookie(req, SESSION_COOKIE, rule);
    const use = { idleMs: settings.idleMs, now: clock.now() };
    const session = own === null ? null : await sessions.use(own, use);
    const role = session && roleOf(settings, session);
    if (session === null || role === null) {
      if (own !== null) clearCookie(res, SESSION_COOKIE, rule);
      return hasPasswords && !wantsPage(req) ? byPassword(req, res, next) : refuse(req, res, hasPasswords);
    }
    // Of two of one name the audit must tell which.
    const isTaken = namesWithPassword().includes(session.name);
    res.locals['user'] = isTaken ? `${session.name} (${session.subject})` : session.name;
    res.locals['canChange'] = role.role === 'operator';
    res.locals['canSignOut'] = true;
    noteRights(res, rightsOfRole(role));
    next();
  };
}

function wantsPage(req: Request): boolean {
  return req.method === 'GET' && !req.xhr && req.accepts(['application/problem+json', 'html']) === 'html';
}

function refuse(req: Request, res: Response, hasPasswords: boolean): void {
  if (!wantsPage(req)) sendProblem(res, httpProblem(401, 'sign in at the monitor first'));
  else sendPage(res, visitOf(req, Date.now()), signInPage(req.originalUrl, hasPasswords));
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
