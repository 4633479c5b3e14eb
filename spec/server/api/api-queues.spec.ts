import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

describe('/v1/queues', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const add = async (options: object = {}): Promise<string> => {
    const body = { type: 'raw', data: { a: 1 }, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const get = (path = '') => api.call('GET', `/v1/queues/${queue}${path}`);
  const post = (path: string) => api.call('POST', `/v1/queues/${queue}${path}`);

  describe('looking', () => {
    it('shows an unused queue as empty', async () => {
      const { status, body } = await get();

      const counts = { waiting: 0, active: 0, delayed: 0, succeeded: 0, failed: 0 };
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        name: queue,
        counts,
        latencyMs: 0,
        overdueMs: 0,
        paused: null,
        grouped: 0,
        processedToday: 0,
        failedToday: 0,
      });
    });

    it('counts the jobs per state', async () => {
      await add();
      await add({ delayMs: 60_000 });
      await moveJob(api, { queue, id: await add(), to: 'active' });

      const { body } = await get();

      expect(body['counts']).to.include({ waiting: 1, active: 1, delayed: 1 });
    });

    it('lists the queues that hold jobs', async () => {
      await add();

      const { body } = await api.call('GET', `/v1/queues?prefix=${queue}`);

      expect((body['queues'] as { name: string }[]).map(({ name }) => name)).to.include(queue);
    });

    it('decodes the name in the path', async () => {
      const { body } = await api.call('GET', `/v1/queues/${queue}%C3%BC%2Fx`);

      expect(body['name']).to.equal(`${queue}ü/x`);
    });

    for (const name of ['a%20b', 'a:b', '%7Ba%7D', 'x'.repeat(129)]) {
      it(`is 422 for a name that no queue can have: ${name.slice(0, 10)}`, async () => {
        const { status, body } = await api.call('GET', `/v1/queues/${name}`);

        expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([422, 'queue']);
      });
    }

    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      it(`takes ${name} for the queue of that name`, async () => {
        const { status, body } = await api.call('GET', `/v1/queues/${name}`);

        expect([status, body['name']]).to.deep.equal([200, name]);
      });
    }
  });

  describe('pausing', () => {
    it('pauses once, by the name of nobody', async () => {
      const first = await post('/pause');
      const second = await post('/pause');

      expect([first.status, first.body]).to.deep.equal([200, { queue, paused: true, changed: true }]);
      expect(second.body).to.deep.equal({ queue, paused: true, changed: false });
      expect((await get()).body['paused']).to.include({ by: 'api' });
    });

    it('resumes once', async () => {
      await post('/pause');

      const first = await post('/resume');
      const second = await post('/resume');

      expect([first.status, first.body]).to.deep.equal([200, { queue, paused: false, changed: true }]);
      expect(second.body).to.deep.equal({ queue, paused: false, changed: false });
      expect((await get()).body['paused']).to.equal(null);
    });
  });

  describe('cancelling', () => {
    it('keeps the reason with the job', async () => {
      const id = await add();

      const { status } = await post(`/jobs/${id}/cancel?reason=ordered%20twice`);

      const { body } = await get(`/jobs/${id}`);
      expect(status).to.equal(200);
      expect((body['errors'] as { message: string }[])[0]?.message).to.match(/: ordered twice$/);
    });

    it('is 422 for a reason that is too long, and cancels nothing', async () => {
      const id = await add();

      const { status } = await post(`/jobs/${id}/cancel?reason=${'x'.repeat(501)}`);

      expect([status, (await get(`/jobs/${id}`)).body['state']]).to.deep.equal([422, 'waiting']);
    });
  });

  describe('a page of jobs', () => {
    const idsOf = (body: Record<string, unknown>) => (body['jobs'] as { id: string }[]).map(({ id }) => id);

    it('is newest first, and its cursor leads to the next', async () => {
      for (const id of ['a', 'b', 'c']) await add({ id });

      const first = await get('/jobs?state=waiting&limit=2');
      const second = await get(`/jobs?state=waiting&limit=2&cursor=${first.body['cursor']}`);

      expect([idsOf(first.body), idsOf(second.body)]).to.deep.equal([['c', 'b'], ['a']]);
      expect(second.body['cursor']).to.equal(null);
    });

    it('holds the jobs of the state that was asked for', async () => {
      await add();
      const id = await add({ delayMs: 60_000 });

      expect(idsOf((await get('/jobs?state=delayed')).body)).to.deep.equal([id]);
    });

    it('holds the jobs of some states in one call', async () => {
      const [waits, later] = [await add(), await add({ delayMs: 60_000 })];
      await moveJob(api, { queue, id: await add(), to: 'active' });

      expect(idsOf((await get('/jobs?state=waiting,delayed')).body)).to.have.members([waits, later]);
    });

    for (const [query, path] of [
      ['?state=paused', 'state'],
      ['?state=waiting,', 'state'],
      ['?state=waiting&state=failed', 'state'],
      ['?state=waiting&limit=0', 'limit'],
      ['?state=waiting&limit=1001', 'limit'],
      ['?state=waiting&limit=ten', 'limit'],
      ['?state=waiting&cursor=-1', 'cursor'],
      ['?state=waiting&cursor=99999999999999999999', 'cursor'],
      ['?state=waiting&page=2', 'page'],
      ['?state=waiting&__proto__=2', '__proto__'],
    ] as const) {
      it(`is 422 naming ${path} for "${query}"`, async () => {
        const { status, body } = await get(`/jobs${query}`);

        expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([422, path]);
      });
    }
  });

  describe('a job', () => {
    it('is shown whole', async () => {
      const id = await add({ headers: { a: 'b' }, runAt: 4_102_444_800_000 });

      const { status, body } = await get(`/jobs/${id}`);

      expect(status).to.equal(200);
      expect(body).to.include({ id, queue, type: 'raw', state: 'delayed', outcome: null, attempts: 0 });
      expect(body['data']).to.deep.equal({ a: 1 });
      expect(body['options']).to.include({ retriesLeft: 3, runAt: 4_102_444_800_000 });
    });

    it('is removed and was in the state that is told', async () => {
      const id = await add({ delayMs: 60_000 });

      const { status, body } = await api.call('DELETE', `/v1/queues/${queue}/jobs/${id}`);

      expect([status, body]).to.deep.equal([200, { id, removed: true, state: 'delayed' }]);
      expect((await get(`/jobs/${id}`)).status).to.equal(404);
    });

    it('is retried when it failed', async () => {
      const id = await add();
      await moveJob(api, { queue, id, to: 'failed' });

      const { status, body } = await post(`/jobs/${id}/retry`);

      expect([status, body]).to.deep.equal([200, { id, retried: true }]);
      expect((await get(`/jobs/${id}`)).body['state']).to.equal('waiting');
    });

    it('is promoted when it was delayed', async () => {
      const id = await add({ delayMs: 60_000 });

      const { status, body } = await post(`/jobs/${id}/promote`);

      expect([status, body]).to.deep.equal([200, { id, promoted: true }]);
      expect((await get(`/jobs/${id}`)).body['state']).to.equal('waiting');
    });

    it('is cancelled at once when it was delayed', async () => {
      const id = await add({ delayMs: 60_000 });

      const { status, body } = await post(`/jobs/${id}/cancel`);

      expect([status, body]).to.deep.equal([200, { id, cancelled: true, was: 'delayed' }]);
      expect((await get(`/jobs/${id}`)).body).to.include({ state: 'failed', outcome: 'cancelled' });
    });

    it('is told to stop when it is cancelled while it runs', async () => {
      const id = await add();
      await moveJob(api, { queue, id, to: 'active' });

      const { status, body } = await post(`/jobs/${id}/cancel`);

      expect([status, body]).to.deep.equal([200, { id, cancelled: true, was: 'active' }]);
    });

    it('is 409 naming its state for cancel when it has ended', async () => {
      const id = await add();
      await moveJob(api, { queue, id, to: 'failed' });

      const { status, body } = await post(`/jobs/${id}/cancel`);

      expect([status, body['type']]).to.deep.equal([409, 'urn:apiary:problem:job-state-forbids']);
      expect(body['detail']).to.equal(
        `job ${id} is failed, so it was not cancelled; only a waiting, delayed or active job can be`,
      );
    });

    for (const [action, wanted, done] of [
      ['retry', 'failed', 'retried'],
      ['promote', 'delayed', 'promoted'],
    ]) {
      it(`is 409 naming its state for ${action} when it is not ${wanted}`, async () => {
        const id = await add();
        await moveJob(api, { queue, id, to: 'active' });

        const { status, body } = await post(`/jobs/${id}/${action}`);

        expect([status, body['type']]).to.deep.equal([409, 'urn:apiary:problem:job-state-forbids']);
        expect(body['detail']).to.equal(
          `job ${id} is active, so it was not ${done}; only a ${wanted} job can be`,
        );
      });
    }

    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/retry'],
      ['POST', '/promote'],
      ['POST', '/cancel'],
    ] as const) {
      it(`is 404 for ${method} ${path} when there is none, whatever its name`, async () => {
        for (const id of ['none', '__proto__', '%2e%2e%2f', 'a%00b', '%F0%9F%90%9D']) {
          const { status, body } = await api.call(method, `/v1/queues/${queue}/jobs/${id}${path}`);

          expect([status, body['type']]).to.deep.equal([404, 'urn:apiary:problem:job-not-found'], id);
        }
      });
    }
  });
});
