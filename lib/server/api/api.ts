import express, { type Express, type Request, type RequestHandler } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import { ApiaryError } from '../../errors.ts';
import { isName, requireName } from '../../names.ts';
import { answerErrors } from '../answer-errors.ts';
import type { Health } from '../health.ts';
import { healthRoutes } from '../health-routes.ts';
import { requireLocalName } from '../local-names.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { JSON_TYPE, NDJSON_TYPE, readJsonBody, requireMediaType } from '../request-body.ts';
import { type ApiRoute, route } from './api-route.ts';
import { findKey } from './bearer.ts';
import { type JobRoutesDeps, jobRoutes } from './job-routes.ts';
import { type ApiDocument, describeApi } from './openapi.ts';
import { queueJobRoutes, queueRoutes } from './queue-routes.ts';

/** What the API works with. */
export interface ApiDeps extends JobRoutesDeps {
  health: Health;
  /** Asked before each call that needs Redis; default: Redis is tried. */
  isRedisReady?: () => boolean;
  /** Whether it is reached only as localhost or by an IP address; default false. */
  onlyLocalNames?: boolean;
}

/** Whoever calls when no key is asked for. */
const NOBODY = 'api';

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
  app.use(helmet(), noStore, refuseForeignPages);
  app.use(healthRoutes(deps.health));
  if (deps.onlyLocalNames) app.use(requireLocalName('API_AUTH'));
  addRoutes(app, apiRoutes(deps), deps);
  app.use((_request, response) => sendProblem(response, httpProblem(404, 'there is no such path')));
  app.use(answerErrors(deps.log));
  return app;
}

/** The one table of calls, from which both the router and the document come. */
export function apiRoutes(deps: JobRoutesDeps): ApiRoute[] {
  const routes = [...jobRoutes(deps), ...queueRoutes(deps), ...queueJobRoutes(deps)];
  let document: ApiDocument | null = null;
  const openApi = route({
    method: 'get',
    path: '/v1/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document.',
    isOpen: true,
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    run: async () => {
      document ??= describeApi([...routes, openApi]);
      return { status: 200, body: document };
    },
  });
  return [...routes, openApi];
}

function addRoutes(app: Express, routes: readonly ApiRoute[], deps: ApiDeps): void {
  const allowed = new Map<string, string[]>();
  for (const one of routes) {
    const path = toExpressPath(one.path);
    app[one.method](path, ...checksOf(one, deps), answerWith(one));
    const methods = one.method === 'get' ? ['GET', 'HEAD'] : [one.method.toUpperCase()];
    allowed.set(path, [...(allowed.get(path) ?? []), ...methods]);
  }
  for (const [path, methods] of allowed) app.route(path).all(refuseMethod(methods.join(', ')));
}

function toExpressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function checksOf({ isOpen, method, path, body, line }: ApiRoute, deps: ApiDeps): RequestHandler[] {
  const checks = isOpen ? [] : [requireKey(deps), requireRedis(deps)];
  if (path.includes('{queue}')) checks.push(requireQueue(deps));
  if (method === 'get') return checks;
  const accepted = line ? [JSON_TYPE, NDJSON_TYPE] : [JSON_TYPE];
  checks.push(requireMediaType(accepted, { isRequired: body !== undefined }));
  if (body) checks.push(readJsonBody);
  return checks;
}

function answerWith(one: ApiRoute): RequestHandler {
  return async (request, response) => {
    const { params, query, body } = request;
    const raw = { params, query, body, by: callerOf(response.locals), header: headerReader(request) };
    const { status, body: answer, location } = await one.answer(raw);
    if (location !== undefined) response.set('Location', location);
    response.status(status).json(answer);
  };
}

function headerReader(request: Request): (name: string) => string | undefined {
  return (name) => request.get(name);
}

function callerOf(locals: Readonly<Record<string, unknown>>): string {
  return typeof locals['by'] === 'string' ? locals['by'] : NOBODY;
}

function requireKey({ keys, log }: ApiDeps): RequestHandler {
  return (request, response, next) => {
    if (keys.length === 0) return next();
    const key = findKey(keys, request.headers.authorization);
    if (key === null) {
      const problem = httpProblem(401, 'a known key is needed: Authorization: Bearer <secret>');
      return sendProblem(response, problem, { 'WWW-Authenticate': 'Bearer' });
    }
    log.debug('call with a key', { key: key.name, method: request.method, path: request.path });
    response.locals['by'] = key.name;
    next();
  };
}

function requireRedis({ isRedisReady }: ApiDeps): RequestHandler {
  return (_request, _response, next) => {
    if (isRedisReady === undefined || isRedisReady()) return next();
    next(new ApiaryError('REDIS_UNAVAILABLE', 'Redis is not available: not connected'));
  };
}

/** A stock bee-queue gives queues names that ours cannot have: such a name is let through where there is a queue of it. */
function requireQueue({ inspector }: ApiDeps): RequestHandler {
  return async (request, _response, next) => {
    const { queue } = request.params;
    if (!isName(queue) && !(await inspector.census.names()).includes(String(queue)))
      requireName('queue', queue);
    next();
  };
}

/** Answers are of the moment, and hold the data of jobs. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/**
 * An API without keys on a loopback address can be reached by every web page that a developer opens, and a pause
 * needs no more than a POST without a body; browsers say of themselves when a page of another site makes the call.
 */
const refuseForeignPages: RequestHandler = (request, response, next) => {
  const site = request.get('Sec-Fetch-Site');
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || request.method === 'GET' || request.method === 'HEAD') return next();
  sendProblem(response, httpProblem(403, 'a web page of another site cannot make this call'));
};

function refuseMethod(allow: string): RequestHandler {
  return (request, response) =>
    sendProblem(response, httpProblem(405, `${request.method} is not one of ${allow}`), { Allow: allow });
}
