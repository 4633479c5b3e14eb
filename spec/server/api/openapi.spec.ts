import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import type { Router } from 'express';
import { createApi } from '../../../lib/server/api/api.ts';
import { createHealth } from '../../../lib/server/health/health.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { answerValidator } from '../../support/api-validator.ts';
import { silentLog } from '../../support/log.ts';

type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, unknown>; required: string[] }> };
};
type Operation = {
  operationId: string;
  security: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: object };
};

describe('GET /v1/openapi.json', () => {
  let api: SpecApi;
  let document: Document;

  beforeEach(async () => {
    api = await startApi();
    document = (await api.call('GET', '/v1/openapi.json')).body as Document;
  });

  afterEach(() => api.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );

  it('is OpenAPI 3.1, as its schema says', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));

    expect([valid, errors]).to.deep.equal([true, undefined]);
    expect(document.openapi).to.equal('3.1.0');
  });

  it('has schemas that are JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });

    expect(ajv.validateSchema({ $defs: document.components.schemas })).to.equal(true);
  });

  it('has every route of the router, and no other', () => {
    const documented = operations().map(({ method, path }) => `${method} ${path}`);

    expect(documented).to.have.members(routesOf(createApiAlone(api)));
    expect(documented).to.have.length.of.at.least(50);
  });

  it('asks for a key everywhere but here', () => {
    const open = operations().filter(({ operation }) => operation.security.length === 0);

    expect(open.map(({ path }) => path)).to.deep.equal(['/v1/openapi.json', '/v1/docs']);
  });

  it('names each operation once, and each step of its path', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    const steps = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

    expect(new Set(ids)).to.have.property('size', ids.length);
    for (const { path, operation } of operations()) {
      const named = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
      expect(named).to.deep.equal(steps(path), path);
    }
  });

  for (const [what, given] of [
    ['a status', { status: 418 }],
    ['a field', { body: { queue: 'a', paused: true, changed: true, more: 1 } }],
    ['a type of content', { contentType: 'text/html; charset=utf-8' }],
    ['another value', { body: { queue: 'a', paused: 'yes', changed: true } }],
    ['an answer to what is no call', { path: '/v1/nothing' }],
  ] as const) {
    it(`lets nobody pass with ${what} that it does not tell of`, () => {
      const right = {
        ...{ method: 'POST', path: '/v1/queues/a/pause', status: 200 },
        contentType: 'application/json; charset=utf-8',
        body: { queue: 'a', paused: true, changed: true },
      };
      const require = answerValidator(document as never);

      expect(() => require(right)).to.not.throw();
      expect(() => require({ ...right, ...given })).to.throw();
    });
  }

  it('resolves every reference', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];

    expect(refs).to.not.have.length(0);
    expect(document.components.schemas).to.include.all.keys(refs.map(([, name]) => String(name)));
  });

  it('shows what a new job may have, and both forms of a batch', () => {
    const { NewJob } = document.components.schemas;
    const batch = document.paths['/v1/jobs/batch']?.['post']?.requestBody?.content;

    expect(NewJob?.properties).to.have.all.keys('type', 'data', 'options');
    expect(NewJob?.required).to.deep.equal(['type']);
    expect(batch).to.have.all.keys('application/json', 'application/x-ndjson', 'application/ndjson');
  });
});

function createApiAlone({ inspector }: SpecApi) {
  const producer = {} as never; // Never called: only the routes are looked at.
  return createApi({
    producer,
    inspector,
    definitions: new Map(),
    health: createHealth({ checks: {} }),
    keys: [],
    log: silentLog,
  });
}

function routesOf(app: { router: Router }): string[] {
  return app.router.stack.flatMap(({ route }) => {
    if (!route) return [];
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const methods = new Set(route.stack.map(({ method }) => method));
    return [...methods].filter((method) => method !== undefined).map((method) => `${method} ${path}`);
  });
}
