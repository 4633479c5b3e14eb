import type { Request, RequestHandler } from 'express';
import { answerProblem } from '../pages/answer-problem.tsx';
import { httpProblem } from '../problem.ts';

/**
 * Lets a change pass only when it comes from our own pages: a browser sends its credentials along with whatever
 * another site makes it post. Answers 403 otherwise. Programs send `X-Requested-With: XMLHttpRequest`.
 */
export const requireSameSite: RequestHandler = (req, res, next) => {
  if (isRead(req) || isSameSite(req)) return next();
  answerProblem(req, res, httpProblem(403, 'changes are accepted from the pages of this monitor only'));
};

/** Whether the request only looks. */
export function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isSameSite(req: Request): boolean {
  // Browsers set it themselves, but on plain HTTP only for the machine they run on. `none` is an address that somebody
  // typed, which changes nothing.
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  // Browsers send this one with every change, and a page cannot choose it.
  const origin = req.get('origin');
  if (origin !== undefined) return isOwn(origin, req.get('host'));
  // So this is a program. Another site cannot set this header without asking first, and nobody answers that here.
  return req.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
}

/** Whether an origin is that of the host asked. What X-Forwarded-Host says is not looked at: anybody may write it. */
function isOwn(origin: string, host = ''): boolean {
  const from = URL.canParse(origin) ? new URL(origin) : null;
  if (from === null || !/^https?:$/.test(from.protocol)) return false;
  // Parsed alike, since either may leave out the port that its scheme has anyway.
  const own = `${from.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).origin === from.origin;
}
