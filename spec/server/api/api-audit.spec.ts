import { expect } from 'chai';
import type { AuditEntry } from '../../../lib/inspector/inspector.ts';
import { apiRoutes } from '../../../lib/server/api/api.ts';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type Answer, moveJob, type SpecApi, startApi } from '../../support/api.ts';
import { API_BODIES } from '../../support/api-bodies.ts';

const HEADERS = { Authorization: 'Bearer shop-secret' };

describe('the audit of the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi({ keys: [{ name: 'shop', digest: digestSecret('shop-secret') }] });
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const change = (method: string, path: string, body?: unknown): Promise<Answer> =>
    api.call(method, `/v1/queues/${queue}${path}`, { headers: HEADERS, body });
  const notes = async (): Promise<Partial<AuditEntry>[]> =>
    (await api.inspector.audit.list({ queue })).entries.map(({ entryId: _id, at: _at, ...note }) => note);

  async function add(options: object = {}): Promise<string> {
    const body = { type: 'raw', data: 1, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body, headers: HEADERS })).body['id']);
  }

  async function addFailed(): Promise<string> {
    const id = await add();
    await moveJob(api, { queue, id, to: 'failed' });
    return id;
  }

  for (const [action, method, path, prepare] of [
    ['remove', 'DELETE', '', () => add()],
    ['cancel', 'POST', '/cancel', () => add()],
    ['promote', 'POST', '/promote', () => add({ delayMs: 60_000 })],
    ['retry', 'POST', '/retry', () => addFailed()],
  ] as const) {
    it(`notes who did ${action} a job`, async () => {
      const id = await prepare();

      const { status } = await change(method, `/jobs/${id}${path}`);

      expect(status).to.equal(200);
      expect(await notes()).to.deep.equal([
        { by: 'shop', through: 'api', action, queue, id, outcome: 'done', detail: null },
      ]);
    });

    it(`notes who was refused to ${action} a job, and why`, async () => {
      const { status } = await change(method, `/jobs/none${path}`);

      const detail = `queue ${queue} has no job none`;
      expect(status).to.equal(404);
      expect(await notes()).to.deep.equal([
        { by: 'shop', through: 'api', action, queue, id: 'none', outcome: 'refused', detail },
      ]);
    });
  }

  for (const action of ['pause', 'resume']) {
    it(`notes who did ${action} a queue`, async () => {
      await change('POST', `/${action}`);

      expect(await notes()).to.deep.equal([
        { by: 'shop', through: 'api', action, queue, id: null, outcome: 'done', detail: null },
      ]);
    });
  }

  it('notes neither what is only looked at, nor adds, nor what nobody was let in for', async () => {
    await add();
    await change('GET', '');
    await change('GET', '/jobs?state=waiting');
    await api.call('POST', `/v1/queues/${queue}/pause`);

    expect(await notes()).to.deep.equal([]);
  });

  it('covers every call of the document that changes a queue or its jobs', async () => {
    const changes = apiRoutes({ keys: [] } as never).filter(
      ({ method, path }) => method !== 'get' && path.includes('{queue}'),
    );

    for (const { method, path, operationId } of changes) {
      const before = (await notes()).length;
      const called = path.replace('/v1/queues/{queue}', '').replaceAll(/\{\w+\}/g, 'none');
      await change(method.toUpperCase(), called, API_BODIES[operationId]);
      expect((await notes()).length, operationId).to.equal(before + 1);
    }
    expect(changes).to.have.length.of.at.least(14);
  });
});
