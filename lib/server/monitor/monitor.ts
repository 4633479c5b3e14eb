import express, { type Express, type RequestHandler, Router } from 'express';
import { isNarrow } from '../../monitor-rights.ts';
import { answerErrors } from '../answer-errors.ts';
import { requestGuard } from '../guard.ts';
import type { Health } from '../health/health.ts';
import { healthRoutes } from '../health/health-routes.ts';
import { answerMetrics } from '../metrics/answer-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { forbiddenWhole } from '../narrow/narrowed.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { serveAssets } from '../pages/assets.ts';
import { rightsOf } from '../pages/visit.ts';
import { httpProblem } from '../problem.ts';
import { securityHeaders } from '../security-headers.ts';
import { sessionAuth } from '../sign-in/session-auth.tsx';
import { PASSWORD_ADDRESS, type SignInDeps } from '../sign-in/sign-in.ts';
import { signInRoutes } from '../sign-in/sign-in-routes.ts';
import { basicAuth } from './monitor-auth.ts';
import type { MonitorUser } from './password-check.ts';
import { type SourcesDeps, serveSources } from './serve-sources.ts';

/** What the monitor works with. */
export interface MonitorDeps extends SourcesDeps {
  metrics: Metrics;
  health: Health;
  /** Who may use it, read at each request; with none it is open. */
  readonly users: readonly MonitorUser[];
  /** The names it is reached by, beside localhost and IP addresses; default: none. */
  allowedHosts?: readonly string[];
  /** How people sign in by a provider, beside the users; default: they do not. */
  signIn?: SignInDeps | null;
}

/**
 * Makes what is served on the monitor's port: our pages from `/` on, Arena at `/arena/`, both of each further source
 * below `/sources/<name>`, `/healthz`, `/readyz` and `/metrics`. Health and readiness are open, all else asks for a
 * user when there are any. Throws CONFIG_INVALID when a user's password hash is none.
 */
export function createMonitor(deps: MonitorDeps): Express {
  const { metrics, health, log, allowedHosts = [] } = deps;
  // The environment decides whether Express, at its wits' end, answers with a stack trace.
  const app = express().disable('x-powered-by').set('env', 'production');
  app.use(securityHeaders());
  app.use(healthRoutes(health));
  app.use(requestGuard({ allowedHosts, programs: 'marked', answer: answerProblem }));
  app.use(deps.signIn ? signInParts(deps, deps.signIn) : basicAuth(deps));
  app.get('/metrics', requireAllQueues, answerMetrics(metrics));
  app.use(serveSources(deps));
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

/** Refuses with 403 whoever has rights to some queues only. */
const requireAllQueues: RequestHandler = (_req, res, next) => {
  if (isNarrow(rightsOf(res))) throw forbiddenWhole();
  next();
};
