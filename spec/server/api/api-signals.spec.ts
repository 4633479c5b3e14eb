import { expect } from 'chai';
import type { ApiScope } from '../../../lib/key-rights.ts';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

describe('signals over HTTP', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const add = async (type = 'order'): Promise<string> => {
    const body = { type, data: { to: 'a@example.com' }, options: { queue, delayMs: 600_000 } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const send = (id: string, name: string, body: unknown = {}) =>
    api.call('POST', `/v1/queues/${queue}/jobs/${id}/signals/${encodeURIComponent(name)}`, { body });

  it('give a job one, once', async () => {
    const id = await add();

    const first = await send(id, 'approved', { data: { by: 'ann' } });
    const second = await send(id, 'approved', { data: { by: 'bob' } });

    expect([first.status, first.body]).to.deep.equal([200, { id, signal: 'approved', created: true }]);
    expect([second.status, second.body]).to.deep.equal([200, { id, signal: 'approved', created: false }]);
    const { entries } = await api.inspector.audit.list({ limit: 1, queue });
    expect(entries[0]).to.include({ action: 'signal', queue, id, outcome: 'done', through: 'api' });
  });

  it('are refused for who is not there or has ended', async () => {
    const id = await add();
    await api.inspector.promote(queue, id);
    await moveJob(api, { queue, id, to: 'failed' });

    const ended = await send(id, 'approved');
    const nobody = await send('nobody', 'approved');

    expect([ended.status, nobody.status]).to.deep.equal([409, 404]);
    expect(ended.body['detail']).to.contain('is failed, so it was not signalled');
  });

  it('are refused by names that cannot be, and bodies that nobody reads', async () => {
    const id = await add();

    for (const name of ['two words', 'a:b', 'x'.repeat(129)])
      expect((await send(id, name)).status, name).to.equal(422);
    expect((await send(id, 'approved', { date: 1 })).status).to.equal(422);
    expect((await send(id, 'long', { data: 'x'.repeat(65_536) })).status).to.equal(413);
  });

  it('are for keys of the scope add, and of the queue', async () => {
    const id = await add();
    await api.close();
    const keyed = (name: string, scope: ApiScope, queues = ['*']) => ({
      ...{ name, digest: digestSecret(name), scopes: [scope], queues },
    });
    const keys = [keyed('adds', 'add'), keyed('reads', 'read'), keyed('elsewhere', 'add', ['other'])];
    api = await startApi({ keys });
    const as = async (name: string) => {
      const headers = { Authorization: `Bearer ${name}` };
      const path = `/v1/queues/${queue}/jobs/${id}/signals/${name}`;
      return (await api.call('POST', path, { body: {}, headers })).status;
    };

    expect([await as('adds'), await as('reads'), await as('elsewhere')]).to.deep.equal([200, 403, 403]);
  });
});
