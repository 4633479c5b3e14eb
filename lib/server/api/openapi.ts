import { STATUS_CODES } from 'node:http';
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { JSON_TYPE, NDJSON_TYPE } from '../request-body.ts';
import type { ApiRoute } from './api-route.ts';
import { problemSchema } from './api-schemas.ts';

/** An OpenAPI 3.1 document, ready to be sent. */
export type ApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const BEARER = 'bearer';

/** Writes the OpenAPI 3.1 document of the API from the table that also makes its router. */
export function describeApi(routes: readonly ApiRoute[]): ApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', BEARER, { type: 'http', scheme: 'bearer' });
  for (const route of routes) registry.registerPath(toPath(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Apiary',
      version: '1',
      description: 'Adds background jobs, looks at queues and jobs, and repairs them.',
    },
  });
}

function toPath(route: ApiRoute): RouteConfig {
  const { method, path, operationId, summary, params, query, headers, isOpen } = route;
  const body = requestBody(route);
  return {
    method,
    path,
    operationId,
    summary,
    security: isOpen ? [] : [{ [BEARER]: [] }],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(headers && { headers }),
      ...(body && { body }),
    },
    responses: responses(route),
  };
}

function requestBody({ body, line }: ApiRoute): NonNullable<RouteConfig['request']>['body'] {
  if (!body) return undefined;
  const content = { [JSON_TYPE]: { schema: body }, ...(line && { [NDJSON_TYPE]: { schema: line } }) };
  return { required: true, content };
}

function responses(route: ApiRoute): Record<string, ResponseConfig> {
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: phrase(Number(status)), content: { [JSON_TYPE]: { schema } } },
  ]);
  const problems = problemStatuses(route).map((status) => [
    String(status),
    { description: phrase(status), content: { 'application/problem+json': { schema: problemSchema } } },
  ]);
  return Object.fromEntries([...answers, ...problems]);
}

/** What any call of its kind may be refused with, and what only this one is. */
function problemStatuses({ method, isOpen, params, query, body, refusals = [] }: ApiRoute): number[] {
  const statuses = new Set<number>([...refusals, 500]);
  if (!isOpen) for (const status of [401, 503]) statuses.add(status);
  if (method !== 'get') for (const status of [403, 415]) statuses.add(status);
  if (params) statuses.add(400);
  if (body) for (const status of [400, 413]) statuses.add(status);
  if (params || query || body) statuses.add(422);
  return [...statuses].sort();
}

function phrase(status: number): string {
  return STATUS_CODES[status] ?? String(status);
}
