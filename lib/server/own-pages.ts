import type { Request, RequestHandler } from 'express';
import type { AnswerProblem } from './answer-errors.ts';
import { httpProblem } from './problem.ts';

/** How a change that no browser sent is known. */
export interface OwnPagesRule {
  /**
   * `any`: by what browsers say of every change and others do not. `marked`: by `X-Requested-With: XMLHttpRequest`
   * besides, for a server with pages, whose users' browsers may be old.
   */
  programs: 'any' | 'marked';
  answer: AnswerProblem;
}

/**
 * Lets a change pass only when it comes from a program or from our own pages: a browser sends its credentials along
 * with whatever another site makes it post, and reaches what listens on its own machine. Answers 403 otherwise.
 */
export function requireOwnPages({ programs, answer }: OwnPagesRule): RequestHandler {
  return (req, res, next) => {
    if (isRead(req) || (isFromBrowser(req) ? isFromOwnPage(req) : programs === 'any' || isMarked(req))) {
      return next();
    }
    answer(
      req,
      res,
      httpProblem(403, 'changes are accepted from programs and from the pages of this server only'),
    );
  };
}

/** Whether the request only looks. */
export function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isFromBrowser(req: Request): boolean {
  return req.get('sec-fetch-site') !== undefined || req.get('origin') !== undefined;
}

function isFromOwnPage(req: Request): boolean {
  // Browsers set it themselves, but on plain HTTP only for the machine they run on. `none` is an address that somebody
  // typed, which changes nothing.
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  // Browsers send this one with every change, and a page cannot choose it.
  return isOwn(req.get('origin') ?? '', req.get('host'));
}

/** Another site cannot set this header without asking first, and nobody answers that here. */
function isMarked(req: Request): boolean {
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
