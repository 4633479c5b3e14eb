import { Router } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Logger } from '../../logger.ts';
import type { QueueNames } from '../queue-names.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { createActions } from './actions.ts';
import { CONFIRM_ADDRESS, RUNS_ADDRESS } from './addresses.ts';
import { pageHandler } from './answer-page.tsx';
import { serveAssets } from './assets.ts';
import { auditPage } from './audit/audit-page.tsx';
import { exportAudit } from './audit/export-audit.ts';
import { failurePage } from './failure/failure-page.tsx';
import { jobPage } from './job/job-page.tsx';
import { LivePages } from './live/live-pages.ts';
import { overviewFacts } from './overview/overview-facts.ts';
import { overviewPage } from './overview/overview-page.tsx';
import { queuePage } from './queue/queue-page.tsx';
import { typePage } from './queue/type-page.tsx';
import { readForm, requireForm } from './read-form.ts';
import { confirmPage } from './runs/confirm-page.tsx';
import { createRunActions } from './runs/run-actions.ts';
import { runPage } from './runs/run-page.tsx';
import { runsPage } from './runs/runs-page.tsx';
import { exportFound } from './search/export-found.ts';
import { searchPage } from './search/search-page.tsx';
import { workerPage } from './worker/worker-page.tsx';
import { workflowPage } from './workflow/workflow-page.tsx';
import { workflowsPage } from './workflow/workflows-page.tsx';

/** What our pages work with. */
export interface PagesDeps {
  inspector: Inspector;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  queues: QueueNames;
  /** The name under which Arena lists this Redis. */
  host: string;
  log: Logger;
  clock?: Clock;
  /** Default: there is none. */
  outbox?: OutboxLook;
  /** Aborted when the server closes; default never. */
  closing?: AbortSignal | undefined;
}

/** Serves our own pages of the monitor and what their buttons do, behind whatever decides who may pass. */
export function createPages(deps: PagesDeps): Router {
  const { clock = systemClock } = deps;
  const facts = overviewFacts({ ...deps, clock });
  const shown = { clock, live: new LivePages({ clock, closing: deps.closing }) };
  const router = Router();
  router.use('/assets', serveAssets());
  router.get('/', pageHandler(shown, overviewPage({ ...deps, facts })));
  router.get('/queues/:queue', pageHandler(shown, queuePage(deps)));
  router.get('/queues/:queue/types/:type', pageHandler(shown, typePage(deps)));
  router.get('/queues/:queue/jobs/:id', pageHandler(shown, jobPage(deps)));
  router.get('/queues/:queue/failures/:id', pageHandler(shown, failurePage(deps)));
  router.get('/queues/:queue/workflows/:id', pageHandler(shown, workflowPage(deps)));
  router.get('/workers/:worker', pageHandler(shown, workerPage(deps)));
  router.get('/workflows', pageHandler(shown, workflowsPage(deps)));
  router.get('/search', pageHandler(shown, searchPage(deps)));
  router.get('/search/export', exportFound({ ...deps, clock }));
  router.post(CONFIRM_ADDRESS, requireForm, readForm, pageHandler(shown, confirmPage(deps)));
  router.get(RUNS_ADDRESS, pageHandler(shown, runsPage(deps)));
  router.get(`${RUNS_ADDRESS}/:id`, pageHandler(shown, runPage(deps)));
  router.get('/audit', pageHandler(shown, auditPage(deps)));
  router.get('/audit/export', exportAudit({ ...deps, clock }));
  router.use('/actions', createRunActions({ ...deps, clock }));
  router.use('/actions', createActions({ ...deps, clock, onChange: facts.forget }));
  return router;
}
