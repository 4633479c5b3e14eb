import type { Request, RequestHandler, Response } from 'express';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Clock } from '../../clock.ts';
import { httpProblem, ProblemError } from '../problem.ts';
import { withinLimit } from '../time-limit.ts';
import { Footer, Layout, type Page } from './layout.tsx';
import type { FreshPage } from './live/live-message.ts';
import type { LivePages } from './live/live-pages.ts';
import { withinBase } from './source-address.ts';
import { type Visit, visitOf } from './visit.ts';

const PAGE_LIMIT_MS = 10_000;

/** What answering pages works with. */
export interface PageHandlerDeps {
  clock: Clock;
  live: LivePages;
}

/**
 * Makes the handler of a page out of what gathers its content, which is to be done within 10 s. Who asks for events is
 * sent the page again and again; it must show the same to all who may see it.
 */
export function pageHandler(
  { clock, live }: PageHandlerDeps,
  build: (visit: Visit, req: Request) => Page | Promise<Page>,
): RequestHandler {
  const limit = { clock, limitMs: PAGE_LIMIT_MS, what: 'the page' };
  return async (req, res) => {
    const read = (visit: Visit): Promise<Page> => withinLimit(limit, () => build(visit, req));
    const visit = visitOf(req, clock.now());
    if (!live.isFollowing(req)) return sendPage(res, visit, await read(visit));
    await live.follow(req, res, async () => {
      const anybody = { ...visit, user: null, now: clock.now() };
      return freshPage(await read(anybody), anybody);
    });
  };
}

/** Answers with a page. */
export function sendPage(res: Response, visit: Visit, page: Page): void {
  const html = rendered(<Layout page={page} visit={visit} />, visit);
  res
    .status(page.status ?? 200)
    .type('html')
    .send(`<!doctype html>${html}`);
}

function freshPage({ body, status = 200 }: Page, visit: Visit): FreshPage {
  if (status !== 200) throw new ProblemError(httpProblem(status, 'it is not there any more'));
  return {
    at: visit.now,
    body: rendered(<main>{body}</main>, visit),
    foot: rendered(<Footer visit={visit} />, visit),
  };
}

function rendered(node: VNode, { source }: Visit): string {
  return withinBase(renderToString(node), source?.base ?? '');
}
