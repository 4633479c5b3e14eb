import type { Request, RequestHandler, Response } from 'express';
import { renderToString } from 'preact-render-to-string';
import type { Clock } from '../../clock.ts';
import { withinLimit } from '../time-limit.ts';
import { Layout, type Page } from './layout.tsx';
import { type Visit, visitOf } from './visit.ts';

const PAGE_LIMIT_MS = 10_000;

/** Makes the handler of a page out of what gathers its content, which is to be done within 10 s. */
export function pageHandler(
  clock: Clock,
  build: (visit: Visit, req: Request) => Page | Promise<Page>,
): RequestHandler {
  const limit = { clock, limitMs: PAGE_LIMIT_MS, what: 'the page' };
  return async (req, res) => {
    const visit = visitOf(req, clock.now());
    sendPage(res, visit, await withinLimit(limit, () => build(visit, req)));
  };
}

/** Answers with a page. */
export function sendPage(res: Response, visit: Visit, page: Page): void {
  const html = renderToString(<Layout page={page} visit={visit} />);
  res
    .status(page.status ?? 200)
    .type('html')
    .send(`<!doctype html>${html}`);
}
