import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

const RUN_AT = Date.UTC(2090, 0, 31, 9, 0, 0);

describe('changes of a job over the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const add = async (options: object = {}, type = 'raw', data: unknown = 1): Promise<string> => {
    const body = { type, data, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const call = (method: string, id: string, body?: unknown, path = '') =>
    api.call(method, `/v1/queues/${queue}/jobs/${id}${path}`, { body });
  const pathsOf = (body: Record<string, unknown>) =>
    (body['errors'] as { path: string }[]).map(({ path }) => path);

  describe('PATCH', () => {
    it('replaces the data', async () => {
      const id = await add();

      const { status, body } = await call('PATCH', id, { data: { b: null } });

      expect([status, body]).to.deep.equal([200, { id, changed: ['data'], runAt: null }]);
      expect((await api.inspector.job(queue, id))?.data).to.deep.equal({ b: null });
    });

    it('has a delayed job start at another time, with other data in the same step', async () => {
      const id = await add({ delayMs: 60_000 });

      const { status, body } = await call('PATCH', id, { data: 2, runAt: '2090-01-31T09:00:00Z' });

      expect([status, body]).to.deep.equal([200, { id, changed: ['data', 'runAt'], runAt: RUN_AT }]);
      const job = await api.inspector.job(queue, id);
      expect([job?.data, job?.options.runAt, job?.state]).to.deep.equal([2, RUN_AT, 'delayed']);
    });

    it('leaves a job alone that runs', async () => {
      const runs = await add();
      await moveJob(api, { queue, id: runs, to: 'active' });

      const answers = [
        await call('PATCH', runs, { data: 2 }),
        await call('PATCH', runs, { data: 2, runAt: RUN_AT }),
      ];

      expect(answers.map(({ status, body }) => [status, body['detail']])).to.deep.equal([
        [
          409,
          `job ${runs} is active, so it was not updated; only a waiting, delayed, succeeded or failed job can be`,
        ],
        [409, `job ${runs} is active, so it was not rescheduled; only a waiting or delayed job can be`],
      ]);
      expect((await api.inspector.job(queue, runs))?.data).to.equal(1);
    });

    it('has one that waits start later', async () => {
      const waits = await add();

      const { status } = await call('PATCH', waits, { runAt: RUN_AT });

      expect([status, (await api.inspector.job(queue, waits))?.state]).to.deep.equal([200, 'delayed']);
    });

    it('gives a job another priority, with other data and another time, in one step', async () => {
      const [waits, later] = [await add(), await add({ delayMs: 60_000, priority: 9 })];

      const first = await call('PATCH', waits, { data: 2, priority: 0 });
      const second = await call('PATCH', later, { runAt: '2090-01-31T09:00:00Z', priority: 4 });

      expect(first.body).to.deep.equal({ id: waits, changed: ['data', 'priority'], runAt: null });
      expect(second.body).to.deep.include({ id: later, changed: ['runAt', 'priority'] });
      const jobs = [await api.inspector.job(queue, waits), await api.inspector.job(queue, later)];
      expect(jobs.map((job) => job?.options.priority)).to.deep.equal([0, 4]);
      expect(jobs[0]?.data).to.equal(2);
    });

    it('refuses data that are nested too deep to be written', async () => {
      const id = await add();

      const { status, body } = await call('PATCH', id, `{"data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);

      expect([status, pathsOf(body)]).to.deep.equal([422, ['data']]);
    });

    it('checks the data of a type that is known', async () => {
      const id = await add({}, 'email.send', { to: 'a@example.com' });

      const { status, body } = await call('PATCH', id, { data: { to: 'nobody' } });

      expect([status, pathsOf(body)]).to.deep.equal([422, ['data.to']]);
    });

    for (const [body, path] of [
      [{}, ''],
      [{ priority: 10 }, 'priority'],
      [{ data: 1, priority: '3' }, 'priority'],
      [{ colour: 3 }, 'colour'],
      [{ runAt: 5 }, 'runAt'],
      [{ runAt: 'soon' }, 'runAt'],
      [{ runAt: null }, 'runAt'],
      ['[]', ''],
    ] as const) {
      it(`refuses ${JSON.stringify(body)}`, async () => {
        const id = await add({ delayMs: 60_000 });

        const answer = await call('PATCH', id, body);

        expect([answer.status, pathsOf(answer.body)[0]]).to.deep.equal([422, path]);
      });
    }
  });

  it('archives a job that waits, and no other', async () => {
    const id = await add();

    const [first, second] = [
      await call('POST', id, undefined, '/archive'),
      await call('POST', id, undefined, '/archive'),
    ];

    expect([first.status, first.body]).to.deep.equal([200, { id, archived: true, was: 'waiting' }]);
    expect(second.status).to.equal(409);
    expect((await api.inspector.job(queue, id))?.outcome).to.equal('discarded');
  });

  it('adds a line to the log of a job, running or not', async () => {
    const [waits, runs] = [await add(), await add()];
    await moveJob(api, { queue, id: runs, to: 'active' });

    for (const id of [waits, runs]) {
      const { status, body } = await call('POST', id, { message: 'sent by hand', level: 'warn' }, '/logs');

      expect([status, body]).to.deep.equal([200, { id, logged: true }]);
      const logs = (await api.inspector.job(queue, id))?.logs ?? [];
      expect(logs.map(({ level }) => level)).to.deep.equal(['warn']);
      expect(logs[0]?.message).to.match(/: sent by hand$/);
    }
    for (const [body, path] of [
      [{ message: '' }, 'message'],
      [{ message: 'x'.repeat(501) }, 'message'],
      [{ message: 'x', level: 'loud' }, 'level'],
      [{ message: 'x', by: 'root' }, 'by'],
    ] as const) {
      const refused = await call('POST', waits, body, '/logs');
      expect([refused.status, pathsOf(refused.body)]).to.deep.equal([422, [path]]);
    }
    expect((await call('POST', 'none', { message: 'x' }, '/logs')).status).to.equal(404);
  });

  it('runs a job anew that has ended, and no other', async () => {
    const id = await add({ headers: { a: 'b' } });

    const early = await call('POST', id, undefined, '/rerun');
    await moveJob(api, { queue, id, to: 'failed' });
    const { status, body } = await call('POST', id, undefined, '/rerun');

    expect(early.status).to.equal(409);
    expect([status, body['id'], body['was']]).to.deep.equal([200, id, 'failed']);
    const added = await api.inspector.job(queue, String(body['added']));
    expect(added).to.deep.include({ state: 'waiting', data: 1, headers: { a: 'b' }, addedBy: 'api' });
  });
});
