import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('jobs that are tied together over the API', () => {
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
  const post = (path: string, body: unknown) => api.call('POST', path, { body });
  const firstPath = (body: Record<string, unknown>) => (body['errors'] as { path: string }[])[0]?.path;

  describe('a chain', () => {
    it('is added, of which the first job is there', async () => {
      const { status, body } = await post('/v1/chains', { jobs: [job(1, { id: 'first' }), job(2), job(3)] });

      expect([status, body['id'], body['created']]).to.deep.equal([201, 'first', true]);
      expect(body['jobs']).to.have.length(3);
      expect((await api.inspector.job(queue, 'first'))?.chain).to.include({ step: 1, steps: 3 });
    });

    it('is added once under an Idempotency-Key, which is the id of its first job', async () => {
      const call = { body: { jobs: [job(1), job(2)] }, headers: { 'Idempotency-Key': 'key-1' } };

      const [first, second] = [
        await api.call('POST', '/v1/chains', call),
        await api.call('POST', '/v1/chains', call),
      ];

      expect([first.status, second.status, first.body['id']]).to.deep.equal([201, 200, 'key-1']);
      expect(first.headers.get('location')).to.equal(`/v1/queues/${queue}/jobs/key-1`);
    });

    it('is refused under an Idempotency-Key that is not the id of its first job', async () => {
      const headers = { 'Idempotency-Key': 'key-1' };

      const { status, body } = await api.call('POST', '/v1/chains', {
        body: { jobs: [job(1, { id: 'x' })] },
        headers,
      });

      expect([status, firstPath(body)]).to.deep.equal([422, 'jobs.0.options.id']);
    });

    it('is added once under the id of its first job', async () => {
      const jobs = [job(1, { id: 'first' }), job(2)];
      await post('/v1/chains', { jobs });

      const { status, body } = await post('/v1/chains', { jobs });

      expect([status, body]).to.deep.equal([200, { id: 'first', created: false, jobs: [] }]);
    });

    for (const [what, jobs, path] of [
      ['no job', () => [], 'jobs'],
      ['more than a hundred', () => Array(101).fill(job(1)), 'jobs'],
      ['a wrong option', () => [job(1), job(2, { retries: -1 })], 'jobs.1.options.retries'],
      ['wrong data', () => [job(1), { type: 'email.send', data: { to: 'x' } }], 'jobs.1.data.to'],
      ['what is no job', () => [7], 'jobs.0'],
      ['a job of another type without data', () => [{ type: 'raw', options: { queue } }], 'jobs.0.data'],
    ] as const) {
      it(`is refused with ${what}`, async () => {
        const { status, body } = await post('/v1/chains', { jobs: jobs() });

        expect([status, firstPath(body)]).to.deep.equal([422, path]);
      });
    }

    it('is 404 with a type that is not known and no queue', async () => {
      expect((await post('/v1/chains', { jobs: [{ type: 'raw', data: 1 }] })).status).to.equal(404);
    });

    it('is refused with a number that would be changed', async () => {
      const body = `{"jobs":[{"type":"raw","data":12345678901234567890,"options":{"queue":"${queue}"}}]}`;

      const answer = await post('/v1/chains', body);

      expect([answer.status, firstPath(answer.body)]).to.deep.equal([422, 'jobs.0.data']);
    });
  });

  describe('a batch', () => {
    it('is added, and read, and listed', async () => {
      const batch = { id: 'import', jobs: [job(1), job(2)], last: job(3), when: 'ended' };

      const { status, body } = await post('/v1/batches', batch);
      const read = await api.call('GET', `/v1/queues/${queue}/batches/import`);
      const listed = await api.call('GET', `/v1/queues/${queue}/batches`);

      expect([status, body['id'], body['queue'], body['created']]).to.deep.equal([
        201,
        'import',
        queue,
        true,
      ]);
      expect(read.body).to.include({ state: 'running', when: 'ended', total: 2, added: 2, pending: 2 });
      expect(listed.body['batches']).to.have.length(1);
    });

    it('is there already the second time, and another one under its id is refused', async () => {
      const batch = { id: 'import', jobs: [job(1)], last: job(3) };
      await post('/v1/batches', batch);

      const again = await post('/v1/batches', batch);
      const other = await post('/v1/batches', { ...batch, jobs: [job(1), job(2)] });

      expect([again.status, again.body['created']]).to.deep.equal([200, false]);
      expect([other.status, other.body['type']]).to.deep.equal([409, 'urn:apiary:problem:job-exists']);
    });

    it('has its id from an Idempotency-Key', async () => {
      const call = { body: { jobs: [job(1)], last: job(3) }, headers: { 'Idempotency-Key': 'key-2' } };

      const { body, headers } = await api.call('POST', '/v1/batches', call);
      const other = await api.call('POST', '/v1/batches', { ...call, body: { ...call.body, id: 'x' } });

      expect(body['id']).to.equal('key-2');
      expect(headers.get('location')).to.equal(`/v1/queues/${queue}/batches/key-2`);
      expect([other.status, firstPath(other.body)]).to.deep.equal([422, 'id']);
    });

    it('may be as long as a batch of jobs that stand by themselves', async () => {
      const jobs = Array.from({ length: 3 }, () => job('x'.repeat(600_000)));

      expect((await post('/v1/batches', { jobs, last: job(1) })).status).to.equal(201);
    });

    it('is refused with a wrong last job', async () => {
      const { status, body } = await post('/v1/batches', {
        jobs: [job(1)],
        last: { type: 'email.send', data: {} },
      });

      expect([status, firstPath(body)]).to.deep.equal([422, 'last.data.to']);
    });

    it('is 404 where there is none', async () => {
      expect((await api.call('GET', `/v1/queues/${queue}/batches/x`)).status).to.equal(404);
    });
  });

  describe('a group', () => {
    const path = () => `/v1/queues/${queue}/groups/digest/all`;
    const join = () =>
      post('/v1/jobs', { type: 'digest', data: { to: 'a@example.com' }, options: { queue, group: 'all' } });

    it('is listed, and read with its jobs', async () => {
      await join();

      const listed = await api.call('GET', `/v1/queues/${queue}/groups`);
      const read = await api.call('GET', path());
      const jobs = await api.call('GET', `${path()}/jobs`);

      expect(listed.body['groups']).to.deep.equal([read.body]);
      expect(read.body).to.include({ queue, type: 'digest', name: 'all', size: 1, maxSize: 2 });
      expect(jobs.body['jobs']).to.have.length(1);
    });

    it('is handed over, and emptied', async () => {
      await join();

      const fired = await api.call('POST', `${path()}/fire`);
      await join();
      const removed = await api.call('DELETE', path());

      expect(fired.body).to.deep.equal({ queue, type: 'digest', group: 'all', jobs: 1 });
      expect(removed.body).to.deep.equal({ queue, type: 'digest', group: 'all', jobs: 1 });
      expect((await api.call('GET', path())).status).to.equal(404);
      const { entries } = await api.inspector.audit.list({ queue });
      expect(entries.map(({ action, id }) => [action, id])).to.deep.equal([
        ['remove group', 'all'],
        ['fire group', 'all'],
      ]);
    });
  });
});
