import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

describe('calls of the API on many jobs', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const add = async (options: object = {}, type = 'raw'): Promise<string> => {
    const body = { type, data: 1, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const addFailed = async (): Promise<string> => {
    const id = await add();
    await moveJob(api, { queue, id, to: 'failed' });
    return id;
  };
  const call = (name: string, body: object) => api.call('POST', `/v1/queues/${queue}/${name}`, { body });
  const stateOf = async (id: string) => (await api.inspector.job(queue, id))?.state;
  const notes = async () => (await api.inspector.audit.list({ queue })).entries;

  for (const [name, prepare, then] of [
    ['retry', () => addFailed(), 'waiting'],
    ['promote', () => add({ delayMs: 60_000 }), 'waiting'],
    ['cancel', () => add(), 'failed'],
    ['archive', () => add(), 'failed'],
    ['remove', () => add(), undefined],
  ] as const) {
    it(`${name} all, after they were counted and left as they were`, async () => {
      const ids = [await prepare(), await prepare()];
      const before = await stateOf(ids[0] ?? '');

      const counted = await call(name, { dryRun: true });
      const unchanged = await stateOf(ids[0] ?? '');
      const changed = await call(name, {});

      expect([counted.status, counted.body]).to.deep.equal([200, { matched: 2, done: 0 }]);
      expect(unchanged).to.equal(before);
      expect([changed.status, changed.body]).to.deep.equal([200, { matched: 2, done: 2 }]);
      for (const id of ids) expect(await stateOf(id)).to.equal(then);
    });

    it(`${name} is noted once, with how many, and not where it only counts`, async () => {
      await prepare();

      await call(name, { dryRun: true });
      await call(name, {});

      const found = await notes();
      expect(found.map(({ action, id, outcome }) => [action, id, outcome])).to.deep.equal([
        [name, null, 'done'],
      ]);
      expect(found[0]?.detail).to.match(/^1 of 1 jobs /);
    });
  }

  it('go by state, type, key and the time before which jobs were added', async () => {
    const mine = { key: 'acme' };
    const id = await add(mine, 'mine');
    const others = [
      await add(mine, 'other'),
      await add({}, 'mine'),
      await add({ ...mine, delayMs: 1e6 }, 'mine'),
    ];
    const filter = { state: 'waiting', type: 'mine', key: 'acme' };

    const early = await call('remove', { ...filter, before: '2020-01-01T00:00:00Z' });
    const { body } = await call('remove', { ...filter, before: Date.now() + 60_000 });

    expect([early.body, body]).to.deep.equal([
      { matched: 0, done: 0 },
      { matched: 1, done: 1 },
    ]);
    expect(await stateOf(id)).to.equal(undefined);
    for (const other of others) expect(await stateOf(other)).to.not.equal(undefined);
  });

  it('go by a part of the newest error', async () => {
    await add();
    await call('archive', {});

    const none = await call('retry', { error: 'no such words' });
    const one = await call('retry', { error: 'archived by' });

    expect([none.body['done'], one.body['done']]).to.deep.equal([0, 1]);
  });

  it('cancel those that run', async () => {
    await moveJob(api, { queue, id: await add(), to: 'active' });

    expect((await call('cancel', { state: 'active' })).body).to.deep.equal({ matched: 1, done: 1 });
  });

  it('retry failures of one kind', async () => {
    await add();
    await call('archive', {});
    const { groups } = await api.inspector.failures.groups(queue);
    const path = `/v1/queues/${queue}/failures/${groups[0]?.fingerprint}/retry`;

    const { status, body } = await api.call('POST', path);

    expect([status, body]).to.deep.equal([200, { matched: 1, done: 1 }]);
    expect((await notes())[0]).to.include({ action: 'retry failures', id: groups[0]?.fingerprint });
  });

  for (const [body, path] of [
    [{ state: 'active' }, 'state'],
    [{ typ: 'raw' }, 'typ'],
    [{ type: '' }, 'type'],
    [{ before: 'yesterday' }, 'before'],
    [{ before: 5 }, 'before'],
    [{ dryRun: 'yes' }, 'dryRun'],
    [{ fingerprint: 'x' }, 'fingerprint'],
    [[], ''],
  ] as const) {
    it(`refuse ${JSON.stringify(body)}, and change nothing`, async () => {
      const id = await add();

      const answer = await call('remove', body);

      expect([answer.status, (answer.body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([
        422,
        path,
      ]);
      expect(await stateOf(id)).to.equal('waiting');
    });
  }
});
