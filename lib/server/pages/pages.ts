import { Router } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import type { QueueNames } from '../queue-names.ts';
import { createActions } from './actions.ts';
import { pageHandler } from './answer-page.tsx';
import { serveAssets } from './assets.ts';
import { auditPage } from './audit/audit-page.tsx';
import { jobPage } from './job/job-page.tsx';
import { overviewFacts } from './overview/overview-facts.ts';
import { overviewPage } from './overview/overview-page.tsx';
import { searchPage } from './search/search-page.tsx';

/** What our pages work with. */
export interface PagesDeps {
  inspector: Inspector;
  queues: QueueNames;
  /** The name under which Arena lists this Redis. */
  host: string;
  log: Logger;
  clock?: Clock;
}

/** Serves our own pages of the monitor and what their buttons do, behind whatever decides who may pass. */
export function createPages(deps: PagesDeps): Router {
  const { clock = systemClock } = deps;
  const facts = overviewFacts({ ...deps, clock });
  const router = Router();
  router.use('/assets', serveAssets());
  router.get('/', pageHandler(clock, overviewPage({ ...deps, facts })));
  router.get('/queues/:queue/jobs/:id', pageHandler(clock, jobPage(deps)));
  router.get('/search', pageHandler(clock, searchPage(deps)));
  router.get('/audit', pageHandler(clock, auditPage(deps)));
  router.use('/actions', createActions({ ...deps, clock, onChange: facts.forget }));
  return router;
}
