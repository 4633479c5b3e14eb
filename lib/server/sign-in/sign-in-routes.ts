import { randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger } from '../../logger.ts';
import { httpProblem, ProblemError } from '../problem.ts';
import { clearCookie, type OwnCookie, readCookie, setCookie } from './cookies.ts';
import { type Identity, openProvider, type Provider, type SignInChecks } from './provider.ts';
import { returnAddress } from './return-address.ts';
import { createSealer, type Sealer } from './sealed.ts';
import {
  CALLBACK_ADDRESS,
  cookieRuleOf,
  roleOf,
  SESSION_COOKIE,
  SIGN_IN_ADDRESS,
  SIGN_OUT_ADDRESS,
  type SignInDeps,
  sessionUseOf,
} from './sign-in.ts';

/** What the addresses of signing in work with. */
export interface SignInRoutesDeps extends SignInDeps {
  log: Logger;
}

interface Parts extends SignInRoutesDeps {
  provider: Provider;
  sealer: Sealer;
}

/** What a browser keeps while somebody signs in; nothing is kept here, however many begin. */
interface Begun extends SignInChecks {
  to: string;
}

/** So long somebody may take to sign in. */
const GOOD_MS = 600_000;
const BEGUN_COOKIE: OwnCookie = { name: 'apiary-sign-in', maxAgeMs: GOOD_MS };
/** So many who come back are looked at at once: each is a question to the provider. */
const MOST_AT_ONCE = 16;

/** Serves the addresses by which people sign in at a provider and out; behind what refuses other sites. */
export function signInRoutes(deps: SignInRoutesDeps): Router {
  const { settings, clock } = deps;
  const sealer = createSealer(settings.clientSecret, { goodMs: GOOD_MS, now: () => clock.now() });
  const parts = { ...deps, sealer, provider: openProvider(settings, clock) };
  const router = Router();
  router.get(SIGN_IN_ADDRESS, (req, res) => begin(parts, req, res));
  router.get(
    CALLBACK_ADDRESS,
    atMost(MOST_AT_ONCE, (req, res) => finish(parts, req, res)),
  );
  router.post(SIGN_OUT_ADDRESS, (req, res) => signOut(parts, req, res, false));
  router.post(`${SIGN_OUT_ADDRESS}/everywhere`, (req, res) => signOut(parts, req, res, true));
  return router;
}

async function begin({ settings, sealer, provider }: Parts, req: Request, res: Response): Promise<void> {
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const to = returnAddress(req.query['to']);
  const address = await provider.begin({ state, nonce, verifier });
  setCookie(res, BEGUN_COOKIE, sealer.seal([state, nonce, verifier, to]), cookieRuleOf(settings));
  res.redirect(303, address.href);
}

async function finish(parts: Parts, req: Request, res: Response): Promise<void> {
  const { settings, provider } = parts;
  const rule = cookieRuleOf(settings);
  const begun = readBegun(parts, req);
  clearCookie(res, BEGUN_COOKIE, rule);
  const callback = new URL(settings.redirectUrl);
  callback.search = new URL(req.originalUrl, 'http://monitor.invalid').search;
  if (begun === null || callback.searchParams.get('state') !== begun.state) {
    throw problem(403, 'this browser did not begin to sign in, or too long ago; begin anew');
  }
  const own = await beginSession(parts, await provider.finish(callback, begun));
  setCookie(res, SESSION_COOKIE, own, rule);
  res.redirect(303, begun.to);
}

/** Begins a session of somebody who has a role; resolves with its secret. */
async function beginSession(parts: Parts, { subject, name, groups }: Identity): Promise<string> {
  const { settings, sessions, log } = parts;
  const known = { groups: groups.filter((group) => settings.roles.some((one) => one.name === group)) };
  if (roleOf(settings, known) === null) {
    log.warn('somebody signed in who has no role here', { subject, name });
    throw problem(403, `you are known as ${name}, and none of your groups has a role here`);
  }
  const use = sessionUseOf(parts);
  const session = { subject, name, ...known, endsAt: use.now + settings.longestMs };
  const own = secret();
  await sessions.begin(own, { ...use, session });
  log.info('signed in', { subject, name });
  return own;
}

/** What this browser has kept; null where it is none of ours, or too old. */
function readBegun({ settings, sealer }: Parts, req: Request): Begun | null {
  const kept = readCookie(req, BEGUN_COOKIE, cookieRuleOf(settings)) ?? '';
  const [state, nonce, verifier, to] = sealer.open(kept);
  if (state === undefined || nonce === undefined || verifier === undefined || to === undefined) return null;
  return { state, nonce, verifier, to };
}

async function signOut(parts: Parts, req: Request, res: Response, isEverywhere: boolean): Promise<void> {
  const { settings, sessions, log } = parts;
  const rule = cookieRuleOf(settings);
  const own = readCookie(req, SESSION_COOKIE, rule);
  if (own !== null) {
    const session = await sessions.use(own, sessionUseOf(parts));
    if (session && isEverywhere) await sessions.endAll(session.subject);
    await sessions.end(own);
    if (session) log.info('signed out', { subject: session.subject, name: session.name, isEverywhere });
  }
  clearCookie(res, SESSION_COOKIE, rule);
  res.redirect(303, '/');
}

function atMost(most: number, handle: (req: Request, res: Response) => Promise<void>): RequestHandler {
  let going = 0;
  return async (req, res) => {
    if (going >= most) throw problem(503, 'too many sign in at this moment; try again');
    going++;
    try {
      await handle(req, res);
    } finally {
      going--;
    }
  };
}

function problem(status: number, detail: string): ProblemError {
  return new ProblemError(httpProblem(status, detail));
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
