import { expect } from 'chai';
import { announceSchemas } from '../../../lib/engine/queries/contracts.ts';
import { announce } from '../../../lib/engine/queries/presence.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('what the API tells of queues and the service', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const get = (path: string) => api.call('GET', path);
  const ofQueue = (path: string) => get(`/v1/queues/${queue}${path}`);
  const add = async (options: object = {}): Promise<string> => {
    const body = { type: 'raw', data: { n: 7 }, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };

  it('says why a job is not running, of one that is not there too', async () => {
    const id = await add({ delayMs: 60_000 });
    await api.call('POST', `/v1/queues/${queue}/pause`);

    const reasonsOf = async (job: string) =>
      ((await ofQueue(`/jobs/${job}/why`)).body['reasons'] as { reason: string }[]).map(
        ({ reason }) => reason,
      );

    expect(await reasonsOf(id)).to.deep.equal(['paused', 'delayed', 'unserved']);
    expect(await reasonsOf('none')).to.deep.equal(['not-found']);
  });

  it('puts failures into groups', async () => {
    await add();
    await api.call('POST', `/v1/queues/${queue}/archive`, { body: {} });

    const { body } = await ofQueue('/failures?most=10');

    expect(body).to.include({ scanned: 1, total: 1 });
    expect(body['groups']).to.have.length(1);
  });

  it('tells of one kind of failure, and takes what somebody says of it', async () => {
    const id = await add();
    await api.call('POST', `/v1/queues/${queue}/archive`, { body: {} });
    const groups = (await ofQueue('/failures')).body['groups'] as { fingerprint: string }[];
    const path = `/v1/queues/${queue}/failures/${groups[0]?.fingerprint}`;
    const order = { verdict: 'ignored', note: 'by hand' };

    const marked = await api.call('PUT', path, { body: order });
    const { status, body } = await api.call('GET', path);

    expect([marked.status, marked.body]).to.deep.equal([
      200,
      { queue, fingerprint: groups[0]?.fingerprint, state: 'ignored', mark: body['mark'] },
    ]);
    expect(status).to.equal(200);
    expect(body).to.include({ state: 'ignored', count: 1, scanned: 1, total: 1, type: 'raw' });
    expect(body).to.have.nested.property('newest.0.id', id);
    expect(body['mark']).to.include({ ...order, version: null });
    expect((await api.call('GET', `/v1/queues/${queue}/failures/${'f'.repeat(16)}`)).status).to.equal(404);
    expect((await api.call('PUT', `/v1/queues/${queue}/failures/none`, { body: order })).status).to.equal(
      422,
    );
    for (const wrong of [{}, { verdict: 'x' }, { ...order, nte: '' }, { ...order, note: 'x'.repeat(501) }])
      expect((await api.call('PUT', path, { body: wrong })).status).to.equal(422);
    expect((await api.call('POST', `${path}/retry?perMinute=0`)).status).to.equal(422);
    const slowly = await api.call('POST', `${path}/retry?perMinute=2`);
    expect([slowly.status, slowly.body]).to.deep.equal([200, { matched: 1, done: 1 }]);
    expect(await api.inspector.job(queue, id)).to.include({ state: 'delayed' });
    const done = (await api.inspector.audit.list({ queue })).entries.find(
      ({ outcome, action }) => outcome === 'done' && action === 'mark failures',
    );
    expect(done).to.include({ action: 'mark failures', queue, id: groups[0]?.fingerprint });
  });

  it('tells the history and the rates', async () => {
    const history = (await ofQueue('/history?days=3')).body['days'];
    const rates = (await ofQueue('/rates')).body;

    expect(history).to.have.length(3);
    expect(rates).to.deep.equal({ inPerMin: null, outPerMin: null, minutes: [] });
  });

  it('tells an autoscaler how many workers a queue needs, and how many it has', async () => {
    const idle = (await ofQueue('/recommendation')).body;
    await add({ delayMs: 60_000 });
    const expecting = (await ofQueue('/recommendation')).body;

    expect(idle).to.deep.equal({ queue, recommendedWorkers: 0, workers: 0 });
    expect(expecting).to.deep.equal({ queue, recommendedWorkers: 1, workers: 0 });
  });

  it('lists the live workers, and the types that they and this process accept', async () => {
    const worker = {
      ...{ id: `worker-${queue}`, host: 'host', pid: 1, version: '0.1.0', startedAt: 1, strict: false },
      ...{ concurrency: 1, status: 'running', runningCount: 0, running: [] },
      queues: [{ name: queue, weight: 1 }],
      handlers: [
        { type: 'email.send', queue: 'mail' },
        { type: 'elsewhere', queue },
        { type: 'told', queue, fingerprint: 'f' },
      ],
    } as const;
    await announce({ client: api.client, prefix: 'bq' }, structuredClone(worker) as never, 5_000);
    const schemas = { f: { type: 'string' } };
    await announceSchemas({ client: api.client, prefix: 'bq' }, { id: worker.id, schemas }, 5_000);

    const workers = (await get('/v1/workers')).body['workers'] as { id: string }[];
    const types = (await get('/v1/types')).body['types'] as { type: string; queue: string }[];

    expect(workers.find(({ id }) => id === worker.id)).to.deep.equal(worker);
    const known = types.find(({ type, queue: of }) => type === 'email.send' && of === 'mail');
    expect(known).to.deep.include({ isKnownHere: true, workers: [worker.id] });
    expect(known).to.have.nested.property('schema.properties.to.format', 'email');
    const unknown = { queue, isKnownHere: false, workers: [worker.id] };
    expect(types.filter(({ queue: of }) => of === queue)).to.deep.equal([
      { ...unknown, type: 'elsewhere', schema: null },
      { ...unknown, type: 'told', schema: schemas.f },
    ]);
  });

  it('searches a queue, and an id in all', async () => {
    const id = await add();
    await add();

    const byData = await get(`/v1/search?queue=${queue}&field=n&value=7&limit=1`);
    const next = await get(`/v1/search?queue=${queue}&field=n&value=7&cursor=${byData.body['cursor']}`);
    const byId = await get(`/v1/search?id=${id}`);

    expect(byData.body).to.include({ scanned: 1, total: 2 });
    expect((next.body['jobs'] as { id: string }[]).map((job) => job.id)).to.deep.equal([id]);
    expect((byId.body['jobs'] as { id: string }[]).map((job) => job.id)).to.deep.equal([id]);
  });

  for (const [query, path] of [
    ['', 'id'],
    ['?id=a&queue=b', 'id'],
    ['?queue=a%3Ab', 'queue'],
    ['?queue=a&field=x', 'field'],
    ['?queue=a&most=0', 'most'],
  ] as const) {
    it(`refuses to search for "${query}"`, async () => {
      const { status, body } = await get(`/v1/search${query}`);

      expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([422, path]);
    });
  }

  it('tells who changed what, in pages', async () => {
    await api.call('POST', `/v1/queues/${queue}/pause`);
    await api.call('POST', `/v1/queues/${queue}/resume`);

    const first = (await get(`/v1/audit?queue=${queue}&limit=1`)).body;
    const second = (await get(`/v1/audit?queue=${queue}&cursor=${first['cursor']}`)).body;

    const actionsOf = (body: Record<string, unknown>) =>
      (body['entries'] as { action: string; by: string }[]).map(({ action, by }) => [action, by]);
    expect([actionsOf(first), actionsOf(second)]).to.deep.equal([[['resume', 'api']], [['pause', 'api']]]);
  });

  it('lists queues that are only paused, only limited or only scheduled', async () => {
    await api.call('POST', `/v1/queues/${queue}-a/pause`);
    await api.call('PUT', `/v1/queues/${queue}-b/limits`, { body: { concurrency: 1 } });
    const body = { type: 'raw', data: 1, everyMs: 60_000 };
    await api.call('PUT', `/v1/queues/${queue}-c/schedules/x`, { body });
    api.inspector.census.forget();

    const listed = (await get(`/v1/queues?prefix=${queue}`)).body['queues'] as { name: string }[];

    expect(listed.map(({ name }) => name)).to.deep.equal([`${queue}-a`, `${queue}-b`, `${queue}-c`]);
  });

  describe('limits', () => {
    const LIMITS = {
      concurrency: 2,
      rate: { count: 10, perMs: 1_000, burst: 20 },
      perKey: { concurrency: 1 },
      fair: true,
    };
    const path = () => `/v1/queues/${queue}/limits`;

    it('are set, read and lifted', async () => {
      const set = await api.call('PUT', path(), { body: LIMITS });
      const read = await get(path());
      const lifted = [await api.call('DELETE', path()), await api.call('DELETE', path())];

      expect(set.body).to.deep.equal({ queue, limited: true, changed: true });
      expect(read.body).to.deep.include({ queue, limits: LIMITS, by: 'api' });
      expect(lifted.map(({ body }) => body['changed'])).to.deep.equal([true, false]);
      expect((await get(path())).body).to.deep.equal({ queue, limits: null, by: null, at: null });
    });

    it('are lifted by none', async () => {
      await api.call('PUT', path(), { body: LIMITS });

      expect((await api.call('PUT', path(), { body: {} })).body).to.deep.equal({
        queue,
        limited: false,
        changed: true,
      });
    });

    it('tell which keys wait, and are refilled', async () => {
      expect((await get(`${path()}/keys`)).body).to.deep.equal({ keys: [] });
      expect((await api.call('POST', `${path()}/refill`)).body).to.deep.equal({ queue, refilled: true });
    });

    for (const [body, at] of [
      [{ concurrency: 0 }, 'concurrency'],
      [{ rate: { count: 1 } }, 'rate.perMs'],
      [{ perKey: { fair: true } }, 'perKey.fair'],
      [{ concurency: 1 }, 'concurency'],
    ] as const) {
      it(`are refused that say ${JSON.stringify(body)}`, async () => {
        const answer = await api.call('PUT', path(), { body });

        expect([answer.status, (answer.body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([
          422,
          at,
        ]);
      });
    }
  });

  describe('GET /v1/docs', () => {
    it('shows every call and every schema, and needs neither a script nor another file', async () => {
      const { status, body, headers } = await get('/v1/docs');
      const document = (await get('/v1/openapi.json')).body as {
        paths: Record<string, Record<string, { operationId: string }>>;
        components: { schemas: object };
      };

      const html = String(body['html']);
      const ids = Object.values(document.paths).flatMap((one) =>
        Object.values(one).map((call) => call.operationId),
      );
      expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
      for (const id of ids) expect(html).to.include(`<article id="${id}">`);
      for (const name of Object.keys(document.components.schemas))
        expect(html).to.include(`id="schema-${name}"`);
      expect(html).to.not.match(/<script|src=|@import|url\(|href="https?:/);
    });

    it('links to nothing that is not on it', async () => {
      const html = String((await get('/v1/docs')).body['html']);

      const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      expect(targets).to.not.have.length(0);
      for (const id of new Set(targets)) expect(html).to.include(`id="${id}"`);
    });
  });
});
