import type { Request, RequestHandler } from 'express';
import { httpProblem, sendProblem } from '../problem.ts';

/**
 * Lets a change pass only when it comes from our own pages: a browser sends its credentials along with whatever
 * another site makes it post. Answers 403 otherwise. Programs send `X-Requested-With: XMLHttpRequest`.
 */
export const requireSameSite: RequestHandler = (req, res, next) => {
  if (isRead(req) || isSameSite(req)) return next();
  sendProblem(res, httpProblem(403, 'changes are accepted from the pages of this monitor only'));
};

/** Whether the request only looks. */
export function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isSameSite(req: Request): boolean {
  // Browsers set it themselves, but on plain HTTP only for the machine they run on.
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  // Another site cannot set this header without asking first, and nobody here answers that question.
  if (req.get('x-requested-with')?.toLowerCase() !== 'xmlhttprequest') return false;
  const origin = req.get('origin');
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.get('host'));
}
