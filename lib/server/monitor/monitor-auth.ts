import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { noteRole } from '../pages/visit.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { type Credentials, createPasswordCheck, type MonitorUser } from './password-check.ts';

/** What the login works with. */
export interface AuthDeps {
  /** Asked for at each request; with none nobody is asked who they are. */
  readonly users: readonly MonitorUser[];
  log: Logger;
  clock?: Clock;
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Apiary", charset="UTF-8"' };

/**
 * Asks for a name and password (HTTP Basic). Answers 401; 429 with `Retry-After` after too many that were wrong; 503
 * when too many are being checked. Puts the user's name in `res.locals.user`, in `res.locals.canChange` whether the
 * role is one that steers, and takes note of the rights. Throws CONFIG_INVALID when a user's hash is none.
 */
export function basicAuth(deps: AuthDeps): RequestHandler {
  const { log, clock } = deps;
  const check = createPasswordCheck(() => deps.users, clock);
  return async (req, res, next) => {
    if (deps.users.length === 0) return next();
    const credentials = parseBasic(req);
    if (credentials === null) return refuse(res);
    const verdict = await check(credentials);
    switch (verdict.kind) {
      case 'known':
        res.locals['user'] = verdict.user.name;
        res.locals['canChange'] = verdict.user.role === 'operator';
        noteRole(res, verdict.user);
        return next();
      case 'wrong':
        // As many lines as the limits allow. Not the name: people type passwords there.
        log.warn('login failed', { address: credentials.address });
        return refuse(res);
      case 'busy':
        return sendProblem(res, httpProblem(503, 'too many are signing in at once; try again'));
      case 'limited':
        return refuseFor(res, verdict.retryAfterMs);
      default:
        return verdict satisfies never;
    }
  };
}

function refuse(res: Response): void {
  sendProblem(res, httpProblem(401, 'a name and its password are required'), CHALLENGE);
}

function refuseFor(res: Response, waitMs: number): void {
  const seconds = String(Math.ceil(waitMs / 1_000));
  const problem = httpProblem(429, `too many wrong passwords; try again in ${seconds} s`);
  sendProblem(res, problem, { 'Retry-After': seconds });
}

function parseBasic(req: Request): Credentials | null {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(req.get('authorization') ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  // Not what X-Forwarded-For says, which anybody may write.
  const address = req.socket.remoteAddress ?? '';
  return { address, name: text.slice(0, colon), password: text.slice(colon + 1) };
}
