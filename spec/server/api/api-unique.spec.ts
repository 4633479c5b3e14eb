import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('options.unique over HTTP', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const job = (data: unknown, unique: object, options: object = {}) => ({
    type: 'reindex',
    data,
    options: { queue, unique: { key: 'user 7', ...unique }, ...options },
  });
  const add = (data: unknown, unique: object = {}, options: object = {}) =>
    api.call('POST', '/v1/jobs', { body: job(data, unique, options) });
  const idOf = ({ body }: Awaited<ReturnType<typeof add>>): string => String(body['id']);

  it('answers 201 to the first, and 200 with it to the second', async () => {
    const first = await add(1);

    const { status, headers, body } = await add(2);

    expect(first.status).to.equal(201);
    expect(status).to.equal(200);
    const id = idOf(first);
    expect(body).to.deep.equal({ id, queue, type: 'reindex', state: 'waiting', created: false });
    expect(headers.get('location')).to.equal(`/v1/queues/${queue}/jobs/${id}`);
  });

  it('tells who holds a key, and lets go of it', async () => {
    const id = idOf(await add(1));
    const path = `/v1/queues/${queue}/unique-keys/user%207`;

    const found = await api.call('GET', path);
    const freed = await api.call('DELETE', path);

    expect(found.body).to.include({ queue, key: 'user 7', holderId: id, release: 'end', parkedId: null });
    expect(freed.body).to.deep.equal({ queue, key: 'user 7', holderId: id });
    expect((await api.call('GET', path)).status).to.equal(404);
    expect((await add(2)).status).to.equal(201);
  });

  it('answers 409 where it was asked to reject', async () => {
    await add(1);

    const { status, body } = await add(2, { onConflict: 'reject' });

    expect([status, body['type']]).to.deep.equal([409, 'urn:apiary:problem:job-exists']);
    expect(body['detail']).to.contain('user 7');
  });

  it('says that the job there was replaced, and where it is now', async () => {
    const id = idOf(await add(1));

    const { status, body } = await add(2, { onConflict: 'replace' }, { delayMs: 60_000 });

    expect(status).to.equal(200);
    expect(body).to.include({ id, created: false, replaced: true, state: 'delayed' });
    expect((await api.inspector.job(queue, id))?.data).to.equal(2);
  });

  it('answers with no state when the job of a throttle is gone', async () => {
    const throttle = { release: 'ttl', ttlMs: 60_000 };
    const id = idOf(await add(1, throttle));
    const { jobs, waiting } = queueKeys('bq', queue, false);
    await api.client.multi().hdel(jobs, id).lrem(waiting, 0, id).exec();

    const { status, body } = await add(2, throttle);

    expect(status).to.equal(200);
    expect(body).to.include({ id, created: false, state: null });
  });

  it('lets go of the key when the job is deleted', async () => {
    const id = idOf(await add(1));

    await api.call('DELETE', `/v1/queues/${queue}/jobs/${id}`);

    expect((await add(2)).status).to.equal(201);
  });

  it('lets go of the key when the queue is cleaned', async () => {
    await add(1);

    await api.inspector.clean(queue, 'waiting', 10);

    expect((await add(2)).status).to.equal(201);
  });

  it('is shown with the job', async () => {
    const id = idOf(await add(1, { ttlMs: 5_000 }));

    const { body } = await api.call('GET', `/v1/queues/${queue}/jobs/${id}`);

    expect(body['options']).to.deep.include({ unique: { key: 'user 7', ttlMs: 5_000, release: 'end' } });
  });

  it('holds within a batch', async () => {
    const jobs = [job(1, {}), job(2, {}), job(3, { onConflict: 'reject' })];

    const { body } = await api.call('POST', '/v1/jobs/batch', { body: { jobs } });

    const results = body['results'] as { created?: boolean; error?: { status: number } }[];
    expect(results.map(({ created, error }) => created ?? error?.status)).to.deep.equal([true, false, 409]);
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(1);
  });

  for (const [name, path, unique] of [
    ['a wrong key', 'options.unique.key', { key: '' }],
    ['control characters in the key', 'options.unique.key', { key: 'a\nb' }],
    ['a wrong ttl', 'options.unique.ttlMs', { ttlMs: 0 }],
    ['a throttle without a ttl', 'options.unique.ttlMs', { release: 'ttl' }],
    ['a wrong word for conflicts', 'options.unique.onConflict', { onConflict: 'wait' }],
    ['an unknown field', 'options.unique.scope', { scope: 'all' }],
  ] as const) {
    it(`names ${name} by its path`, async () => {
      const { status, body } = await add(1, unique);

      expect(status).to.equal(422);
      expect(body['errors']).to.have.length(1);
      expect(body['errors']).to.have.nested.property('[0].path', path);
    });
  }
});
