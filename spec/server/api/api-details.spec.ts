import { expect } from 'chai';
import { apiRoutes } from '../../../lib/server/api/api.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';
import { API_BODIES } from '../../support/api-bodies.ts';

const RUN_AT = Date.UTC(2030, 0, 31, 9, 0, 0);

describe('the details of the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const job = (data: unknown, options: object = {}) => ({
    type: 'raw',
    data,
    options: { queue, ...options },
  });
  const add = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/jobs', { body, headers });

  it('refuse an unknown name in the query of every call, and name the nearest', async () => {
    for (const { method, path, operationId } of apiRoutes({ keys: [] } as never)) {
      const { status, body } = await api.call(
        method.toUpperCase(),
        `${path.replace(/\{\w+\}/g, 'x')}?nonsense=1&limt=2`,
        { body: API_BODIES[operationId] },
      );
      expect([method, path, status]).to.deep.equal([method, path, 422]);
      expect((body['errors'] as { path: string }[]).map((one) => one.path)).to.include.members([
        'nonsense',
        'limt',
      ]);
    }
    const { body } = await api.call('GET', `/v1/queues?limt=2`);
    expect(body['errors']).to.deep.equal([
      { path: 'limt', message: 'unknown; did you mean limit?; known are cursor, limit, prefix' },
    ]);
  });

  it('refuse an Idempotency-Key for a batch', async () => {
    const headers = { 'Idempotency-Key': 'order-17' };

    const { status, body } = await api.call('POST', '/v1/jobs/batch', { body: { jobs: [job(1)] }, headers });

    expect([status, body['errors']]).to.deep.equal([
      422,
      [
        {
          path: 'Idempotency-Key',
          message: 'is for one job; give each job of a batch its own options.id',
        },
      ],
    ]);
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
  });

  it('answer 409 where the same Idempotency-Key comes with another type or other data', async () => {
    const headers = { 'Idempotency-Key': 'order-17' };
    await add(job({ a: 1, b: [2] }), headers);

    const again = await add(job({ b: [2], a: 1 }), headers);
    const otherData = await add(job({ a: 1, b: [3] }), headers);
    const otherType = await add({ ...job({ a: 1, b: [2] }), type: 'other' }, headers);

    expect([again.status, again.body['created']]).to.deep.equal([200, false]);
    expect([otherData.status, otherData.body['type']]).to.deep.equal([409, 'urn:apiary:problem:job-exists']);
    expect(otherType.status).to.equal(409);
    expect((await api.inspector.job(queue, 'order-17'))?.data).to.deep.equal({ a: 1, b: [2] });
  });

  it('compare nothing where the id stands in the options', async () => {
    await add(job(1, { id: 'order-18' }));

    expect((await add(job(2, { id: 'order-18' }))).status).to.equal(200);
  });

  it('name the types that are known, the nearest first', async () => {
    const { status, body } = await add({ type: 'email.sent', data: {} });

    expect([status, body['detail']]).to.deep.equal([
      404,
      'job type email.sent is unknown; did you mean email.send?; known are email.send, crash, digest; ' +
        'give options.queue to add it for a worker elsewhere',
    ]);
  });

  for (const time of ['2030-01-31T09:00:00Z', '2030-01-31T10:00:00.000+01:00', '2030-01-31T09:00Z', RUN_AT]) {
    it(`take ${time} for a time`, async () => {
      const { status, body } = await add(job(1, { runAt: time, expiresAt: '2031-01-31T09:00:00Z' }));

      expect([status, body['state']]).to.deep.equal([201, 'delayed']);
      const { options } = (await api.inspector.job(queue, String(body['id']))) ?? {};
      expect([options?.runAt, options?.expiresAt]).to.deep.equal([RUN_AT, Date.UTC(2031, 0, 31, 9)]);
    });
  }

  for (const time of ['2030-01-31', '2030-01-31T09:00:00', 'tomorrow', '2030-02-31T99:00:00Z', true]) {
    it(`refuse ${time} as a time`, async () => {
      const { status, body } = await add(job(1, { runAt: time }));

      expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([422, 'options.runAt']);
    });
  }

  it('say of a cancelled job that it is, when it is cancelled again', async () => {
    await add(job(1, { id: 'gone' }));
    await add(job(1, { id: 'died' }));
    const cancel = (id: string) => api.call('POST', `/v1/queues/${queue}/jobs/${id}/cancel`);
    await cancel('gone');
    await moveJob(api, { queue, id: 'died', to: 'failed' });

    const [again, died] = [await cancel('gone'), await cancel('died')];

    expect([again.status, again.body['detail']]).to.deep.equal([
      409,
      'job gone was cancelled before, and has ended',
    ]);
    expect(died.body['detail']).to.equal(
      'job died is failed, so it was not cancelled; only a waiting, delayed or active job can be',
    );
  });

  it('say in the document where they are, and what each call is about', async () => {
    const { body } = await api.call('GET', '/v1/openapi.json');
    const { servers, tags, paths } = body as {
      servers: unknown;
      tags: { name: string }[];
      paths: Record<string, Record<string, { tags: string[]; responses: object }>>;
    };
    const operations = Object.values(paths).flatMap((one) => Object.values(one));

    expect(servers).to.deep.equal([{ url: '/' }]);
    expect(new Set(operations.flatMap((one) => one.tags))).to.deep.equal(
      new Set(tags.map(({ name }) => name)),
    );
    for (const { responses } of operations) expect(responses).to.include.keys('403', '422', '500');
  });
});
