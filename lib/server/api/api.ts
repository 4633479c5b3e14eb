import express, { type Express, type Request, type RequestHandler } from 'express';
import helmet from 'helmet';
import { ApiaryError } from '../../errors.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { isName, requireName } from '../../names.ts';
import { type AnswerProblem, answerErrors } from '../answer-errors.ts';
import type { DemandDeps } from '../demand/demand.ts';
import { requestGuard } from '../guard.ts';
import type { Health } from '../health/health.ts';
import { healthRoutes } from '../health/health-routes.ts';
import { HeldRequests } from '../held-requests.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import {
  batchReader,
  JSON_TYPE,
  NDJSON_TYPES,
  readJsonBody,
  readLongJson,
  requireMediaType,
} from '../request-body.ts';
import { callerOf, requireAccess } from './access.ts';
import { alertRoutes } from './alert-routes.ts';
import type { ApiRoute } from './api-route.ts';
import { MOST_PER_BATCH } from './api-schemas.ts';
import { bulkRoutes } from './bulk-routes.ts';
import { documentRoutes } from './document-routes.ts';
import { editRoutes } from './edit-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { failureRoutes } from './failure-routes.ts';
import { getJobRoute } from './get-job-route.ts';
import { groupRoutes } from './group-routes.ts';
import { type JobRoutesDeps, jobRoutes } from './job-routes.ts';
import { KeyGate, type KeyGateDeps } from './key-gate.ts';
import { type KeyRate, KeyRates, requireRate } from './key-rates.ts';
import { laneRoutes } from './lane-routes.ts';
import { limitRoutes } from './limit-routes.ts';
import { linkedRoutes } from './linked-routes.ts';
import { logRoutes } from './log-routes.ts';
import { moveRoute } from './move-route.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { queueJobRoutes, queueRoutes } from './queue-routes.ts';
import { recommendationRoute } from './recommendation-route.ts';
import { reportRoutes } from './report-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { searchRoutes } from './search-routes.ts';
import { serviceRoutes } from './service-routes.ts';
import { signalRoutes } from './signal-routes.ts';
import { timesRoute } from './times-route.ts';
import { uniqueRoutes } from './unique-routes.ts';
import { workerRoutes } from './worker-routes.ts';
import { workflowRoutes } from './workflow-routes.ts';

/** What its calls work with. */
export interface ApiRoutesDeps extends JobRoutesDeps, DemandDeps {
  /** Aborts when the server closes: what is held is answered then. */
  closing?: AbortSignal;
}

/** What the API works with. */
export interface ApiDeps extends ApiRoutesDeps, Pick<KeyGateDeps, 'countKeyFailure' | 'onKeysReplaced'> {
  health: Health;
  /** How often keys may call; default: as often as they like. */
  rates?: readonly KeyRate[];
  /** Asked before each call that needs Redis; default: Redis is tried. */
  isRedisReady?: () => boolean;
  /** The names it is reached by, beside localhost and IP addresses; default: none. */
  allowedHosts?: readonly string[];
  /** Shows no encrypted job: for keys without the scope `operate`; default the inspector itself. */
  closedInspector?: Inspector;
}

const readBatch = batchReader(MOST_PER_BATCH);

/** How many requests may wait for the ends of jobs at once. */
const MOST_WAITS = 2_000;
/** How many may listen to events at once. */
const MOST_LISTENERS = 2_000;

/**
 * Makes the producers' HTTP API: the calls under `/v1`, the checks before them, health beside them, and
 * problems for what goes wrong.
 */
export function createApi(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // The environment decides whether Express, at its wits' end, answers with a stack trace.
  app.set('env', 'production');
  app.enable('case sensitive routing');
  // Whether the host is to be reached by HTTPS only is for the proxy to say that speaks it.
  const contentSecurityPolicy = { directives: { upgradeInsecureRequests: null } };
  app.use(helmet({ strictTransportSecurity: false, contentSecurityPolicy }), noStore);
  app.use(healthRoutes(deps.health));
  app.use(requestGuard({ allowedHosts: deps.allowedHosts ?? [], programs: 'any', answer: answerProblem }));
  addRoutes(app, tablesOf(deps), deps);
  app.use((_request, response) => sendProblem(response, httpProblem(404, 'there is no such path')));
  app.use(answerErrors(deps.log));
  return app;
}

/** The one table of calls, from which both the router and the document come. */
export function apiRoutes(deps: ApiRoutesDeps, held: Held = heldBy(deps)): ApiRoute[] {
  const { waits, listeners } = held;
  const routes = [
    ...jobRoutes(deps),
    ...queueRoutes(deps),
    getJobRoute({ ...deps, waits }),
    ...eventRoutes({ ...deps, listeners }),
    ...[...queueJobRoutes(deps), ...editRoutes(deps), ...signalRoutes(deps), ...logRoutes(deps)],
    moveRoute(deps),
    ...bulkRoutes(deps),
    ...[...linkedRoutes(deps), ...workflowRoutes(deps), ...groupRoutes(deps)],
    ...[...limitRoutes(deps), ...scheduleRoutes(deps), ...uniqueRoutes(deps)],
    ...[...workerRoutes(deps), ...laneRoutes(deps)],
    ...[
      ...failureRoutes(deps),
      ...reportRoutes(deps),
      timesRoute(deps),
      recommendationRoute(deps),
      ...searchRoutes(deps),
      ...serviceRoutes(deps),
      ...alertRoutes(deps),
    ],
    ...privacyRoutes(deps),
  ];
  return [...routes, ...documentRoutes(routes)];
}

/** What holds requests, whoever makes them. */
interface Held {
  waits: HeldRequests;
  listeners: HeldRequests;
}

function heldBy({ closing }: ApiRoutesDeps): Held {
  return {
    waits: new HeldRequests({ most: MOST_WAITS, what: 'wait for the end of a job', closing }),
    listeners: new HeldRequests({ most: MOST_LISTENERS, what: 'listen to events', closing }),
  };
}

/** The calls, and the same calls for keys that are shown nothing of what is private of encrypted jobs. */
interface Tables {
  routes: readonly ApiRoute[];
  closed: readonly ApiRoute[];
}

function tablesOf(deps: ApiDeps): Tables {
  const held = heldBy(deps);
  const routes = apiRoutes(deps, held);
  const { closedInspector = deps.inspector } = deps;
  if (closedInspector === deps.inspector) return { routes, closed: routes };
  return {
    routes,
    closed: apiRoutes({ ...deps, inspector: closedInspector, comparing: deps.inspector }, held),
  };
}

function addRoutes(app: Express, { routes, closed }: Tables, deps: ApiDeps): void {
  const allowed = new Map<string, string[]>();
  const rates = new KeyRates(deps.rates ?? []);
  const gate = new KeyGate(deps);
  const entry = [gate.enter(), requireRate(rates)];
  const needs = { redis: requireRedis(deps), queue: requireQueue(deps) };
  for (const [at, one] of routes.entries()) {
    const path = toExpressPath(one.path);
    const guards = one.isOpen ? [] : [...entry, requireAccess(one), needs.redis];
    if (one.path.includes('{queue}') || (one.query && 'queue' in one.query.shape)) guards.push(needs.queue);
    app[one.method](path, ...guards, ...bodyChecksOf(one), answerWith([one, closed[at] ?? one], rates, gate));
    const methods = one.method === 'get' ? ['GET', 'HEAD'] : [one.method.toUpperCase()];
    allowed.set(path, [...(allowed.get(path) ?? []), ...methods]);
  }
  for (const [path, methods] of allowed) app.route(path).all(refuseMethod(methods.join(', ')));
}

function toExpressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function bodyChecksOf({ method, body, line, takesMany }: ApiRoute): RequestHandler[] {
  if (method === 'get') return [];
  const accepted = line ? [JSON_TYPE, ...NDJSON_TYPES] : [JSON_TYPE];
  const checks = [requireMediaType(accepted, { isRequired: body !== undefined })];
  if (body) checks.push(line ? readBatch : takesMany ? readLongJson : readJsonBody);
  return checks;
}

function answerWith([one, closed]: [ApiRoute, ApiRoute], rates: KeyRates, gate: KeyGate): RequestHandler {
  return async (request, response) => {
    const requireStill = (): void => {
      if (!one.isOpen) gate.requireStill(one, request, response);
    };
    // Its body may have been long in coming.
    if (one.body) requireStill();
    const { params, query, body } = request;
    const { name: by, rights } = callerOf(response);
    const spend = (calls: number): void => rates.spend(by, calls);
    const header = headerReader(request);
    const gone = (): AbortSignal => gate.holdSignal(one, request, response);
    const raw = { params, query, body, by, rights, spend, header, gone };
    const made = await (rights.scopes.includes('operate') ? one : closed).answer(raw);
    if ('send' in made) return made.send(response);
    // And so may what was looked for; what was done is told to whoever did it.
    if (one.method === 'get') requireStill();
    const { status, body: answer, location } = made;
    if (location !== undefined) response.set('Location', location);
    response.status(status);
    if (one.isPage) response.type('html').send(answer);
    else response.json(answer);
  };
}

function headerReader(request: Request): (name: string) => string | undefined {
  return (name) => request.get(name);
}

function requireRedis({ isRedisReady }: ApiDeps): RequestHandler {
  return (_request, _response, next) => {
    if (isRedisReady === undefined || isRedisReady()) return next();
    next(new ApiaryError('REDIS_UNAVAILABLE', 'Redis is not available: not connected'));
  };
}

const answerProblem: AnswerProblem = (_request, response, problem) => sendProblem(response, problem);

/**
 * A stock bee-queue gives queues names that ours cannot have: such a name is let through where there is a queue of it.
 */
function requireQueue({ inspector }: ApiDeps): RequestHandler {
  return async (request, _response, next) => {
    const queue: unknown = request.params['queue'] ?? request.query['queue'];
    // A query need not name one.
    if (queue !== undefined && !isName(queue) && !(await inspector.census.names()).includes(String(queue)))
      requireName('queue', queue);
    next();
  };
}

/** Answers are of the moment, and hold the data of jobs: nobody has one from before that would still do. */
const noStore: RequestHandler = (request, response, next) => {
  // Express would answer `If-None-Match: *` with 304, whatever was asked for.
  delete request.headers['if-none-match'];
  response.set('Cache-Control', 'no-store');
  next();
};

function refuseMethod(allow: string): RequestHandler {
  return (request, response) =>
    sendProblem(response, httpProblem(405, `${request.method} is not one of ${allow}`), { Allow: allow });
}
