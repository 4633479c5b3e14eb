import express, { type Express, type RequestHandler } from 'express';
import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { answerErrors } from '../answer-errors.ts';
import { createArena } from '../arena/arena.ts';
import { requestGuard } from '../guard.ts';
import type { Health } from '../health/health.ts';
import { healthRoutes } from '../health/health-routes.ts';
import { answerMetrics } from '../metrics/answer-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { createPages } from '../pages/pages.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { securityHeaders } from '../security-headers.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { basicAuth } from './monitor-auth.ts';
import type { MonitorUser } from './password-check.ts';
import { requirePermission } from './permissions.ts';

/** What the monitor works with. */
export interface MonitorDeps {
  inspector: Inspector;
  /** Shows nothing of what is private of encrypted jobs: for viewers; default the inspector itself. */
  closedInspector?: Inspector;
  producer: Producer;
  /** The job types known here, by name: jobs added on the page are checked by them. */
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  metrics: Metrics;
  health: Health;
  /** Who may use it, read at each request; with none it is open. */
  readonly users: readonly MonitorUser[];
  /** Whether nobody, whoever they are, may change anything; default false. */
  readOnly?: boolean;
  /** The names it is reached by, beside localhost and IP addresses; default: none. */
  allowedHosts?: readonly string[];
  log: Logger;
  /** Default: those that the inspector's census knows. */
  queues?: QueueNames;
  /** The name under which Arena lists this Redis, part of its addresses; default `redis`. */
  host?: string;
  clock?: Clock;
  /** The outbox that the overview shows; default: there is none. */
  outbox?: OutboxLook;
  /** Aborted when the server closes: it ends what is sent as it happens. Default never. */
  closing?: AbortSignal;
}

/**
 * Makes what is served on the monitor's port: our pages from `/` on, Arena at `/arena/`, `/healthz`, `/readyz` and
 * `/metrics`. Health and readiness are open, all else asks for a user when there are any.
 * Throws CONFIG_INVALID when a user's password hash is none.
 */
export function createMonitor(deps: MonitorDeps): Express {
  const { inspector, producer, definitions, metrics, health, log } = deps;
  const {
    queues = () => inspector.census.names(),
    host = 'redis',
    readOnly = false,
    allowedHosts = [],
  } = deps;
  // The environment decides whether Express, at its wits' end, answers with a stack trace.
  const app = express().disable('x-powered-by').set('env', 'production');
  app.use(securityHeaders());
  app.use(healthRoutes(health));
  app.use(requestGuard({ allowedHosts, programs: 'marked', answer: answerProblem }));
  app.use(basicAuth(deps));
  app.use(requirePermission({ readOnly }));
  const shown = { queues, host, log };
  app.use(byRight(deps, (one) => createPages({ ...deps, ...shown, inspector: one })));
  app.get('/metrics', answerMetrics(metrics));
  const arena = byRight(deps, (one) => createArena({ ...shown, inspector: one, producer, definitions }));
  app.use('/arena', arena);
  app.use((req, res) => answerProblem(req, res, httpProblem(404, 'there is no such page')));
  app.use(answerErrors(log, answerProblem));
  return app;
}

/** Makes what serves those who may see all, and where that is not the same, what serves the others. */
function byRight(
  { inspector, closedInspector = inspector }: MonitorDeps,
  make: (shown: Inspector) => RequestHandler,
): RequestHandler {
  const all = make(inspector);
  if (closedInspector === inspector) return all;
  const closed = make(closedInspector);
  return (req, res, next) => (res.locals['seesAll'] === false ? closed : all)(req, res, next);
}
