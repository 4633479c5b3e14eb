import { expect } from 'chai';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

describe('calls of the API that move jobs', () => {
  let api: SpecApi;
  let from: string;
  let to: string;

  beforeEach(() => {
    from = testQueueName();
    to = testQueueName();
  });
  afterEach(() => api.close());

  const key = (secret: string) => ({ Authorization: `Bearer ${secret}` });
  const add = async (options: object = {}, headers = {}): Promise<string> => {
    const body = { type: 'raw', data: 1, options: { queue: from, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body, headers })).body['id']);
  };
  const move = (path: string, body: object, headers = {}) =>
    api.call('POST', `/v1/queues/${from}/${path}`, { body, headers });
  const stateIn = async (queue: string, id: string) => (await api.inspector.job(queue, id))?.state ?? null;

  it('move one, with what is to be known of the other queue, and note it under both', async () => {
    api = await startApi();
    const id = await add();
    const warning = `no live worker is known to serve queue ${to}: what is moved there waits until one does`;

    const { status, body } = await move(`jobs/${id}/move`, { to });

    expect([status, body]).to.deep.equal([200, { id, moved: true, was: 'waiting', to, warning }]);
    expect([await stateIn(from, id), await stateIn(to, id)]).to.deep.equal([null, 'waiting']);
    for (const queue of [from, to]) {
      const { entries } = await api.inspector.audit.list({ queue });
      expect(entries.map(({ action, outcome }) => [action, outcome])).to.deep.equal([['move', 'done']]);
    }
    expect((await move(`jobs/${id}/move`, { to })).status, 'pressed twice').to.equal(404);
  });

  it('say with a code why one stays, and change nothing', async () => {
    api = await startApi();
    const tied = await add({ unique: { key: 'k' } });
    const active = await add();
    await moveJob(api, { queue: from, id: active, to: 'active' });
    const refused = await Promise.all(
      [tied, active].map(async (id) => {
        const { status, body } = await move(`jobs/${id}/move`, { to });
        return [status, String(body['detail'])];
      }),
    );
    expect(refused[0]).to.deep.equal([
      409,
      `job ${tied} stays in its queue: it has a unique key, which counts in its queue alone`,
    ]);
    expect(refused[1]?.[0]).to.equal(409);
    expect(await stateIn(to, tied)).to.equal(null);
    expect((await api.inspector.audit.list({ queue: to })).entries).to.deep.equal([]);
  });

  it('move all that pass, after they were counted, and name those that stay', async () => {
    api = await startApi();
    const ids = [await add(), await add({ delayMs: 60_000 }), await add()];
    const failed = ids[2] ?? '';
    await moveJob(api, { queue: from, id: failed, to: 'failed' });
    const tied = await add({ unique: { key: 'k' } });

    const counted = await move('move', { to, dryRun: true });
    expect(counted.body).to.include({ matched: 4, done: 0 });
    expect(counted.body['warning']).to.be.a('string');
    expect(await stateIn(from, failed)).to.equal('failed');

    const { body } = await move('move', { to });
    expect(body).to.include({ matched: 4, done: 3 });
    expect(body['left']).to.have.length(1);
    expect(String(body['left'])).to.include(tied).and.include('JOB_TIED');
    const states = await Promise.all(ids.map((id) => stateIn(to, id)));
    expect(states).to.deep.equal(['waiting', 'delayed', 'failed']);
    const [note] = (await api.inspector.audit.list({ queue: to })).entries;
    expect(note?.detail).to.equal(`out of queue ${from}: 3 of 4 jobs moved`);
  });

  for (const bad of ['', 'a b', '.', 'x'.repeat(129), 7, null, undefined]) {
    it(`refuse ${JSON.stringify(bad)?.slice(0, 20)} as the other queue, by naming the field`, async () => {
      api = await startApi();
      const id = await add();
      for (const path of [`jobs/${id}/move`, 'move']) {
        const { status, body } = await move(path, { to: bad });
        expect(status).to.equal(422);
        expect(JSON.stringify(body['errors'])).to.include('"to"');
      }
      expect(await stateIn(from, id)).to.equal('waiting');
    });
  }

  it('refuse the queue in which the jobs are', async () => {
    api = await startApi();
    const id = await add();
    for (const path of [`jobs/${id}/move`, 'move'])
      expect((await move(path, { to: from })).status).to.equal(422);
    expect(await stateIn(from, id)).to.equal('waiting');
  });

  it('need a key of both queues', async () => {
    const both = {
      name: 'both',
      digest: digestSecret('both'),
      scopes: ['add', 'operate'] as const,
      queues: [from, to],
    };
    const one = { ...both, name: 'one', digest: digestSecret('one'), queues: [from] };
    api = await startApi({ keys: [both, one] });
    const id = await add({}, key('both'));

    for (const path of [`jobs/${id}/move`, 'move']) {
      const { status, body } = await move(path, { to }, key('one'));
      expect([status, body['detail']]).to.deep.equal([403, `queue ${to} is none of those of the key`]);
    }
    expect(await stateIn(from, id)).to.equal('waiting');
    expect((await move('move', { to, dryRun: true }, key('one'))).status).to.equal(403);
    expect((await move(`jobs/${id}/move`, { to }, key('both'))).status).to.equal(200);
  });

  it('retry slowly, so many a minute', async () => {
    api = await startApi();
    for (let at = 0; at < 3; at++) await moveJob(api, { queue: from, id: await add(), to: 'failed' });
    expect((await move('retry', { perMinute: 0 })).status).to.equal(422);
    expect((await move('retry', { perMinute: 1 })).body).to.deep.equal({ matched: 3, done: 3 });
    const { counts } = await api.inspector.queue(from);
    expect(counts.delayed).to.be.at.least(2);
  });
});
