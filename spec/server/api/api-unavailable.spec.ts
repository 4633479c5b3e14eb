import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { API_BODIES } from '../../support/api-bodies.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('the API while Redis cannot serve', () => {
  let redis: SpecRedis;
  let api: SpecApi;
  let isReady: boolean;
  let queue: string;

  beforeEach(async () => {
    isReady = true;
    queue = testQueueName();
    redis = await startRedis({ appendOnly: false });
    api = await startApi({ url: redis.url, isRedisReady: () => isReady });
  });

  afterEach(async () => {
    await api.close();
    await redis.stop();
  });

  const job = () => ({ type: 'raw', data: 1, options: { queue } });
  const add = () => api.call('POST', '/v1/jobs', { body: job() });

  it('answers 503 at once when it is known to be away, and stores nothing', async () => {
    isReady = false;

    const { status, headers, body } = await add();

    expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(body['type']).to.equal('urn:apiary:problem:redis-unavailable');
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
  });

  it('still gives its document', async () => {
    isReady = false;

    expect((await api.call('GET', '/v1/openapi.json')).status).to.equal(200);
  });

  it('answers 503 when Redis went away, and serves again when it is back', async () => {
    await add();
    await redis.kill();
    const away = await add();
    await redis.restart();
    const back = await add();

    expect([away.status, away.headers.get('retry-after'), back.status]).to.deep.equal([503, '1', 201]);
  });

  it('answers 503 to every call that needs Redis when that went away, and none of them hangs', async () => {
    await redis.kill();

    const needing = api.routes.filter(({ isOpen, path }) => !isOpen && !path.endsWith('/events'));
    const answers = await Promise.all(
      needing.map(async ({ method, path, operationId }) => {
        const sample = operationId === 'addJobs' ? { jobs: [job()] } : API_BODIES[operationId];
        const query = operationId === 'searchJobs' ? '?id=x' : '';
        const called = path.replace('{fingerprint}', '0123456789abcdef').replace(/\{\w+\}/g, 'x') + query;
        const { status } = await api.call(method.toUpperCase(), called, { body: sample });
        return [operationId, status];
      }),
    );

    expect(answers).to.deep.equal(needing.map(({ operationId }) => [operationId, 503]));
  });

  it('refuses with 429 to change many jobs when so much of it goes on already', async () => {
    const statuses: number[] = [];
    redis.pause();

    const calls = Array.from({ length: 25 }, async () => {
      const { status } = await api.call('POST', `/v1/queues/${queue}/retry`, { body: {} });
      statuses.push(status);
    });
    await until(() => statuses.length === 5, 'five were refused');
    redis.resume();
    await Promise.all(calls);

    expect(statuses).to.deep.equal([...Array(5).fill(429), ...Array(20).fill(200)]);
  });

  describe('full', () => {
    beforeEach(async () => {
      await api.client.config('SET', 'maxmemory', '1');
    });

    it('answers 503 to a job, says that it is full, and takes it when there is room again', async () => {
      const { status, headers, body } = await add();
      await api.client.config('SET', 'maxmemory', '0');
      const later = await add();

      expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
      expect(body['type']).to.equal('urn:apiary:problem:redis-full');
      expect(later.status).to.equal(201);
    });

    it('still removes jobs, which makes room', async () => {
      await api.client.config('SET', 'maxmemory', '0');
      const id = String((await add()).body['id']);
      await api.client.config('SET', 'maxmemory', '1');

      expect((await api.call('DELETE', `/v1/queues/${queue}/jobs/${id}`)).status).to.equal(200);
    });

    it('answers 503 to a batch of which nothing was stored', async () => {
      const { status } = await api.call('POST', '/v1/jobs/batch', { body: { jobs: [job(), 'wrong'] } });

      expect(status).to.equal(503);
    });

    it('still shows queues', async () => {
      expect((await api.call('GET', `/v1/queues/${queue}`)).status).to.equal(200);
    });

    it('logs nothing as a fault of ours', async () => {
      await add();

      expect(api.records.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });
  });
});
