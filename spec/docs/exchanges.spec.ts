import { expect } from 'chai';
import { moveJob, type SpecApi, startApi } from '../support/api.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { BLOCKS, placeOf } from './blocks.ts';
import { differences, type Exchange, exchangesOf } from './exchanges.ts';

const QUEUE = '/v1/queues/mail';
const EXCHANGES = BLOCKS.filter(({ language }) => language === 'http').flatMap((block) =>
  exchangesOf(block).map((exchange) => ({ ...exchange, place: placeOf(block) })),
);

const JOB = { type: 'email.send', data: { to: 'a@example.com' } };
const NIGHTLY = { ...JOB, cron: '0 3 * * *' };
const FLOW = { id: 'flow-1', steps: [{ name: 'ask', ...JOB }] };
const IMPORT = { id: 'import-6', jobs: [JOB], last: JOB };

describe('the HTTP exchanges of the documentation', function () {
  this.timeout(60_000);
  let redis: SpecRedis;
  let api: SpecApi;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    api = await startApi({ url: redis.url, keys: [] });
  });

  after(async () => {
    await api.close();
    await redis.stop();
  });

  const add = (id: string, options: object = {}) =>
    api.call('POST', '/v1/jobs', {
      body: { type: 'email.send', data: { to: 'a@example.com' }, options: { id, ...options } },
    });

  /** Puts the queue into the state in which the page makes the call. */
  const prepare = async ({ method, path, headers, body, status }: Exchange): Promise<void> => {
    await api.call('DELETE', `${QUEUE}?force=true`);
    if (path === '/v1/jobs' && status === 200) await api.call(method, path, { headers, body });
    if (method === 'GET' || path.endsWith('/resume') || path === QUEUE)
      await api.call('POST', `${QUEUE}/pause`);
    const isDelayed = path.endsWith('/promote') || method === 'PATCH';
    if (path.includes('/jobs')) await add('order-17', isDelayed ? { delayMs: 60_000 } : {});
    // What has ended is told of at once to who would wait for its end.
    if (/jobs\/.*(\/(retry|rerun)$|\?wait=)/.test(path))
      await moveJob(api, { queue: 'mail', id: 'order-17', to: 'failed' });
    if (path.includes('/nightly')) await api.call('PUT', `${QUEUE}/schedules/nightly`, { body: NIGHTLY });
    if (path.includes('/flow-1')) await api.call('POST', '/v1/workflows', { body: FLOW });
    if (/flow-1\/re(try|run)$/.test(path)) await api.call('POST', `${QUEUE}/workflows/flow-1/cancel`);
    if (path.endsWith('/import-6')) await api.call('POST', '/v1/batches', { body: IMPORT });
  };

  for (const exchange of EXCHANGES) {
    const { method, path, headers, body, status, answer, place } = exchange;
    it(`are answered as the page says, ${method} ${path} at ${place}`, async () => {
      if (path !== '/v1/jobs' || status === 200) await prepare(exchange);

      const given = await api.call(method, path, { headers, body });

      expect(given.status).to.equal(status ?? 200);
      if (answer !== null) expect(differences(answer, given.body)).to.deep.equal([]);
    });
  }

  it('are there', () => {
    expect(EXCHANGES.length).to.be.greaterThan(10);
  });
});

describe('differences', () => {
  it('names fields that one side lacks, and what is not as it is shown', () => {
    expect(differences({ a: 1, b: [{ c: true, d: 1 }] }, { a: 2, b: [{ c: false }], e: 1 })).to.deep.equal([
      '.b[0].c is false, and not true',
      'there is no .b[0].d',
      'the page does not show .e',
    ]);
  });
});
