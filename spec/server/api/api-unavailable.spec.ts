import { expect } from 'chai';
import { type SpecApi, startApi } from '../../support/api.ts';
import { uniqueQueueName } from '../../support/queue.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';

describe('the API while Redis cannot serve', () => {
  let redis: SpecRedis;
  let api: SpecApi;
  let isReady: boolean;
  let queue: string;

  beforeEach(async () => {
    isReady = true;
    queue = uniqueQueueName();
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

  describe('full', () => {
    beforeEach(async () => {
      await api.client.config('SET', 'maxmemory', '1');
    });

    it('answers 503 to a job', async () => {
      const { status, headers } = await add();

      expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
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
