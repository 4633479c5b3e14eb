import { STATUS_CODES } from 'node:http';
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { JSON_TYPE, NDJSON_TYPES } from '../request-body.ts';
import { API_TAGS, type ApiRoute } from './api-route.ts';
import { problemSchema } from './api-schemas.ts';

/** An OpenAPI 3.1 document, ready to be sent. */
export type ApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const BEARER = 'bearer';
const HTML_TYPE = 'text/html';

/** Writes the OpenAPI 3.1 document of the API from the table that also makes its router. */
export function describeApi(routes: readonly ApiRoute[]): ApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', BEARER, { type: 'http', scheme: 'bearer' });
  for (const route of routes) registry.registerPath(toPath(route));
  const named = routes.flatMap(({ names = [] }) =>
    names.map((schema) => ({ type: 'schema' as const, schema })),
  );
  return new OpenApiGeneratorV31([...registry.definitions, ...named]).generateDocument({
    openapi: '3.1.0',
    // Wherever the document was read from.
    servers: [{ url: '/' }],
    tags: Object.entries(API_TAGS).map(([name, description]) => ({ name, description })),
    info: {
      title: 'Apiary',
      version: '1',
      description: 'Adds background jobs, looks at queues and jobs, and repairs them.',
    },
  });
}

function toPath(route: ApiRoute): RouteConfig {
  const { method, path, operationId, tag, scope, summary, params, query, headers, isOpen } = route;
  const body = requestBody(route);
  return {
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    ...(!isOpen && { description: `Needs a key with the scope \`${scope}\`, where there are keys.` }),
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
  const content = { [JSON_TYPE]: { schema: body }, ...(line && lineContent(line)) };
  return { required: true, content };
}

function lineContent(schema: z.ZodType): Record<string, { schema: z.ZodType }> {
  return Object.fromEntries(NDJSON_TYPES.map((type) => [type, { schema }]));
}

function responses(route: ApiRoute): Record<string, ResponseConfig> {
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: phrase(Number(status)), content: { [typeOf(route)]: { schema } } },
  ]);
  const problems = problemStatuses(route).map((status) => [
    String(status),
    { description: phrase(status), content: { 'application/problem+json': { schema: problemSchema } } },
  ]);
  return Object.fromEntries([...answers, ...problems]);
}

function typeOf({ isPage, mediaType = JSON_TYPE }: ApiRoute): string {
  return isPage ? HTML_TYPE : mediaType;
}

/** What any call of its kind may be refused with, and what only this one is. */
function problemStatuses({ method, isOpen, params, body, refusals = [] }: ApiRoute): number[] {
  // A host that is not ours, and a name in the query that is not known, are refused everywhere.
  const statuses = new Set<number>([...refusals, 403, 422, 500]);
  if (!isOpen) for (const status of [401, 429, 503]) statuses.add(status);
  if (method !== 'get') statuses.add(415);
  if (params) statuses.add(400);
  if (body) for (const status of [400, 413]) statuses.add(status);
  return [...statuses].sort();
}

function phrase(status: number): string {
  return STATUS_CODES[status] ?? String(status);
}
