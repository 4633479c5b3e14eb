import express, { type Express, type RequestHandler, Router } from 'express';
import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { isNarrow, type QueueRights } from '../../monitor-rights.ts';
import { Recent } from '../../recent.ts';
import { answerErrors } from '../answer-errors.ts';
import { createArena } from '../arena/arena.ts';
import { requestGuard } from '../guard.ts';
import type { Health } from '../health/health.ts';
import { healthRoutes } from '../health/health-routes.ts';
import { answerMetrics } from '../metrics/answer-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { forbiddenWhole } from '../narrow/narrowed.ts';
import { narrowedInspector, seenNames } from '../narrow/narrowed-inspector.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { serveAssets } from '../pages/assets.ts';
import { createPages } from '../pages/pages.ts';
import { rightsOf } from '../pages/visit.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { securityHeaders } from '../security-headers.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { sessionAuth } from '../sign-in/session-auth.tsx';
import { PASSWORD_ADDRESS, type SignInDeps } from '../sign-in/sign-in.ts';
import { signInRoutes } from '../sign-in/sign-in-routes.ts';
import { basicAuth } from './monitor-auth.ts';
import type { MonitorUser } from './password-check.ts';
import { requirePermission } from './permissions.ts';
import { queueGate } from './queue-gate.ts';

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
  /** How people sign in by a provider, beside the users; default: they do not. */
  signIn?: SignInDeps | null;
  /** The outbox that the overview shows; default: there is none. */
  outbox?: OutboxLook;
  /** Aborted when the server closes: it ends what is sent as it happens. Default never. */
  closing?: AbortSignal;
}

/** So many different rights are served at once without making their pages anew. */
const MOST_RIGHTS = 100;

/**
 * Makes what is served on the monitor's port: our pages from `/` on, Arena at `/arena/`, `/healthz`, `/readyz` and
 * `/metrics`. Health and readiness are open, all else asks for a user when there are any.
 * Throws CONFIG_INVALID when a user's password hash is none.
 */
export function createMonitor(deps: MonitorDeps): Express {
  const { inspector, producer, definitions, metrics, health, log, outbox = null } = deps;
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
  app.use(deps.signIn ? signInParts(deps, deps.signIn) : basicAuth(deps));
  app.use(requirePermission({ readOnly }));
  app.use(queueGate({ host }));
  const shown = { ...deps, queues, outbox };
  app.use(byRights(shown, (seen) => createPages({ ...deps, host, ...seen })));
  app.get('/metrics', requireAllQueues, answerMetrics(metrics));
  app.use(
    '/arena',
    byRights(shown, (seen) => createArena({ host, log, producer, definitions, ...seen })),
  );
  app.use((req, res) => answerProblem(req, res, httpProblem(404, 'there is no such page')));
  app.use(answerErrors(log, answerProblem));
  return app;
}

/** Serves the addresses of signing in, and asks all others who they are. */
function signInParts(deps: MonitorDeps, signIn: SignInDeps): Router {
  const router = Router();
  // What the page of the sign-in loads is the same for everybody.
  router.use('/assets', serveAssets());
  router.use(signInRoutes({ ...signIn, log: deps.log }));
  // Read off the deps themselves: a copy of them would have the users of now for good.
  const namesWithPassword = (): string[] => deps.users.map(({ name }) => name);
  router.use(sessionAuth({ ...signIn, byPassword: basicAuth(deps), namesWithPassword }));
  router.get(PASSWORD_ADDRESS, (_req, res) => res.redirect(303, '/'));
  return router;
}

/** What pages and Arena are made with, for everybody or for those of some rights. */
interface Seen {
  inspector: Inspector;
  queues: QueueNames;
  outbox: OutboxLook;
}

/**
 * Makes what serves those who may see all, and where that is not the same, what serves those who see nothing private;
 * beside them, at the first request of each, what serves those who have rights to some queues.
 */
function byRights(deps: MonitorDeps & Seen, make: (seen: Seen) => RequestHandler): RequestHandler {
  const { inspector, closedInspector = inspector, queues, outbox } = deps;
  const all = make({ inspector, queues, outbox });
  const closed = closedInspector === inspector ? all : make({ inspector: closedInspector, queues, outbox });
  const narrow = new Recent<string, RequestHandler>(MOST_RIGHTS);
  const narrowFor = (rights: QueueRights): RequestHandler => {
    const key = JSON.stringify(rights);
    const known = narrow.get(key);
    if (known) return known;
    const seen = narrowedInspector({ rights, open: inspector, closed: closedInspector });
    // How much waits in the outbox is told of all queues together.
    const handler = make({ inspector: seen, queues: seenNames(rights, queues), outbox: null });
    narrow.set(key, handler);
    return handler;
  };
  return (req, res, next) => {
    const rights = rightsOf(res);
    if (isNarrow(rights)) return narrowFor(rights)(req, res, next);
    return (res.locals['seesAll'] === false ? closed : all)(req, res, next);
  };
}

/** Refuses with 403 whoever has rights to some queues only. */
const requireAllQueues: RequestHandler = (_req, res, next) => {
  if (isNarrow(rightsOf(res))) throw forbiddenWhole();
  next();
};
