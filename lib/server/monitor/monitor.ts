import express, { type ErrorRequestHandler, type Express } from 'express';
import { type Clock, systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { createArena } from '../arena/arena.ts';
import type { Health } from '../health.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { createPages } from '../pages/pages.ts';
import { httpProblem, toProblem } from '../problem.ts';
import { cachedQueueNames, type QueueNames } from '../queue-names.ts';
import { basicAuth } from './monitor-auth.ts';
import type { MonitorUser } from './password-check.ts';
import { requirePermission } from './permissions.ts';
import { requireSameSite } from './same-site.ts';
import { securityHeaders } from './security-headers.ts';

/** What the monitor works with. */
export interface MonitorDeps {
  inspector: Inspector;
  producer: Producer;
  /** The job types known here, by name: jobs added on the page are checked by them. */
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  metrics: Metrics;
  health: Health;
  /** Who may use it; with none it is open. */
  users: readonly MonitorUser[];
  /** Whether nobody, whoever they are, may change anything; default false. */
  readOnly?: boolean;
  log: Logger;
  /** Default: the inspector's list, read again after a few seconds. */
  queues?: QueueNames;
  /** The name under which Arena lists this Redis, part of its addresses; default `redis`. */
  host?: string;
  clock?: Clock;
}

/**
 * Makes what is served on the monitor's port: our pages from `/` on, Arena at `/arena/`, `/healthz`, `/readyz` and
 * `/metrics`. Health and readiness are open, all else asks for a user when there are any.
 * Throws CONFIG_INVALID when a user's password hash is none.
 */
export function createMonitor(deps: MonitorDeps): Express {
  const { inspector, producer, definitions, metrics, health, users, log } = deps;
  const {
    queues = cachedQueueNames(inspector),
    host = 'redis',
    readOnly = false,
    clock = systemClock,
  } = deps;
  const app = express().disable('x-powered-by');
  app.use(securityHeaders());
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/readyz', async (_req, res) => {
    const { ready, checks } = await health.readiness();
    res.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks });
  });
  if (users.length > 0) app.use(basicAuth({ users, log, clock }));
  app.use(requirePermission({ readOnly }), requireSameSite);
  app.use(createPages({ inspector, queues, host, log, clock }));
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  });
  app.use('/arena', createArena({ inspector, producer, definitions, queues, host, log }));
  app.use((req, res) => answerProblem(req, res, httpProblem(404, 'there is no such page')));
  app.use(answerErrors(log));
  return app;
}

function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = fromExpress(error) ?? toProblem(error);
    const fields = { method: req.method, path: req.path, status: problem.status, err: error };
    if (problem.status === 500) log.error('monitor request failed', fields);
    else log.debug('monitor request refused', fields);
    if (!res.headersSent) return answerProblem(req, res, problem);
    if (!res.writableEnded) res.destroy();
  };
}

/** Express marks what the client did wrong, such as an address that cannot be decoded. */
function fromExpress(error: unknown): ReturnType<typeof httpProblem> | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  return error.status >= 400 && error.status < 500
    ? httpProblem(error.status, 'the request cannot be read')
    : null;
}
