import { randomBytes } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
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
import { basicAuth, type MonitorUser } from './monitor-auth.ts';
import { requireSameSite } from './same-site.ts';

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
  const { queues = cachedQueueNames(inspector), host = 'redis', clock = systemClock } = deps;
  const app = express().disable('x-powered-by');
  app.use(securityHeaders());
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/readyz', async (_req, res) => {
    const { ready, checks } = await health.readiness();
    res.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks });
  });
  if (users.length > 0) app.use(basicAuth(users, clock));
  app.use(requireSameSite);
  app.use(createPages({ inspector, queues, host, log, clock }));
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  });
  app.use('/arena', createArena({ inspector, producer, definitions, queues, host, log }));
  app.use((req, res) => answerProblem(req, res, httpProblem(404, 'there is no such page')));
  app.use(answerErrors(log));
  return app;
}

/** What a page may load: scripts of ours and those with the nonce, nothing from elsewhere. */
function securityHeaders(): RequestHandler[] {
  const setNonce: RequestHandler = (_req, res, next) => {
    res.locals['nonce'] = randomBytes(16).toString('base64');
    next();
  };
  const directives = {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'", (_req: unknown, res: unknown) => `'nonce-${(res as Response).locals['nonce']}'`],
    // The editor of job data writes its styles, and runs its syntax check in a worker made of a blob.
    styleSrc: ["'self'", "'unsafe-inline'"],
    workerSrc: ['blob:'],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  };
  return [
    setNonce,
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives },
      // Whether the host is to be reached by HTTPS only is for the proxy to say that speaks it.
      strictTransportSecurity: false,
    }),
  ];
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
