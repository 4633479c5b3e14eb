import { expect } from 'chai';
import fc from 'fast-check';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';
import { API_BODIES } from '../../support/api-bodies.ts';
import { type KnownNames, type WildRequest, wildRequest } from '../../support/api-requests.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { patiently } from '../../support/wait.ts';

/** So many are sent at once. */
const AT_ONCE = 10;
/** What is asked for is put there again after so many. */
const SEEDED_EVERY = 5;
/** In the long run. */
const REQUESTS = 25_000;
/** What takes longer has no end. */
const LIMIT_MS = 60_000;

const JOB = { type: 'email.send', data: { to: 'a@example.com' } };

describe('requests of all kinds', function () {
  this.timeout(0);
  let redis: SpecRedis;
  let api: SpecApi;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    api = await startApi({ url: redis.url });
  });
  after(async () => {
    await api.close();
    await redis.stop();
  });

  const known: KnownNames = {
    queue: ['mail', 'mail', 'mail', 'other', 'stock queue'],
    id: ['order-1', 'order-2', 'order-3', 'order-4', 'import'],
    schedule: ['nightly', 'hourly'],
    type: ['digest', 'email.send'],
    group: ['all', 'some'],
    fingerprint: ['0123456789abcdef'],
    worker: ['web-1', 'web-1:4711'],
    key: ['acme', 'order 1'],
    name: ['approved'],
  };

  /** Puts there again what requests may have taken away. */
  const seed = async (): Promise<void> => {
    const add = (id: string, options: object = {}) =>
      api.call('POST', '/v1/jobs', { body: { ...JOB, options: { id, ...options } } });
    await add('order-1');
    await add('order-2', { delayMs: 3_600_000 });
    await add('order-3');
    await add('order-4', { key: 'acme' });
    await moveJob(api, { queue: 'mail', id: 'order-3', to: 'failed' });
    await moveJob(api, { queue: 'mail', id: 'order-4', to: 'active' });
    const digest = {
      type: 'digest',
      data: { to: 'a@example.com' },
      options: { queue: 'mail', group: 'all' },
    };
    await api.call('POST', '/v1/jobs', { body: digest });
    await api.call('POST', '/v1/batches', { body: { id: 'import', jobs: [JOB], last: JOB } });
    await api.call('PUT', '/v1/queues/mail/schedules/nightly', { body: { ...JOB, cron: '0 3 * * *' } });
    await api.call('PUT', '/v1/queues/other/schedules/hourly', { body: { ...JOB, everyMs: 3_600_000 } });
    await api.client.lpush('bq:stock queue:waiting', '1');
    await api.client.hset('bq:stock queue:jobs', '1', '{"data":1,"options":{},"status":"created"}');
  };

  const send = async ({ method, path, headers, body }: WildRequest): Promise<string | null> => {
    const { status, body: answer } = await api.call(method, path, {
      headers,
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(patiently(LIMIT_MS)),
    });
    return status >= 500 && status !== 503 ? `${status}: ${JSON.stringify(answer)}` : null;
  };

  it('are answered as the document tells, and none fails the service', async () => {
    const requests = fc.array(wildRequest(api.routes, known), { minLength: AT_ONCE, maxLength: AT_ONCE });
    const sent = new Map<string, number>();
    let runs = 0;

    await fc.assert(
      fc.asyncProperty(requests, async (some) => {
        if (runs++ % SEEDED_EVERY === 0) await seed();
        const failures = await Promise.all(some.map(send));
        for (const { operationId } of some) sent.set(operationId, (sent.get(operationId) ?? 0) + 1);
        expect(failures.filter((one) => one !== null)).to.deep.equal([]);
      }),
      { numRuns: modelRuns(REQUESTS / AT_ONCE), endOnFailure: true },
    );

    expect([...sent.keys()]).to.have.members(api.routes.map(({ operationId }) => operationId));
    expect((await api.call('GET', '/v1/queues')).status).to.equal(200);
    expect(api.records.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('have a body to begin with where one is needed', () => {
    const needing = api.routes.filter(({ body }) => body !== undefined);

    expect(needing.map(({ operationId }) => operationId)).to.have.members(Object.keys(API_BODIES));
  });
});
