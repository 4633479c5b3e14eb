import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

const DAILY = { type: 'raw', data: { a: 1 }, cron: '30 9 * * *', timeZone: 'Europe/Berlin' };

describe('schedules of the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const call = (method: string, path: string, body?: unknown) =>
    api.call(method, `/v1/queues/${queue}/schedules/${path}`, { body });
  const put = (name: string, body: unknown = DAILY) => call('PUT', name, body);
  const pathsOf = (body: Record<string, unknown>) =>
    (body['errors'] as { path: string }[]).map(({ path }) => path);
  const notes = async () => (await api.inspector.audit.list({ queue })).entries;

  it('are created, left as they are, and replaced', async () => {
    const answers = [
      await put('daily'),
      await put('daily'),
      await put('daily', { ...DAILY, cron: '@hourly' }),
    ];

    expect(answers.map(({ status, body }) => [status, body['change']])).to.deep.equal([
      [201, 'created'],
      [200, 'unchanged'],
      [200, 'replaced'],
    ]);
    expect((await notes()).map(({ action, id }) => [action, id])).to.deep.equal(
      Array(3).fill(['put schedule', 'daily']),
    );
  });

  it('are shown with all that they say', async () => {
    await put('daily', {
      ...DAILY,
      missed: { all: 3 },
      overlap: 'skip',
      options: { retries: 1, delayMs: 5 },
    });

    const { status, body } = await call('GET', 'daily');

    expect(status).to.equal(200);
    expect(body).to.deep.include({ name: 'daily', queue, type: 'raw', data: { a: 1 }, cron: '30 9 * * *' });
    expect(body).to.deep.include({
      missed: { all: 3 },
      overlap: 'skip',
      delayMs: 5,
      paused: null,
      isDeclared: false,
    });
  });

  it('fire between their bounds, which are shown', async () => {
    const bounds = { startsAt: '2030-01-31T09:30:00Z', endsAt: Date.parse('2030-02-02T00:00:00Z') };
    await put('daily', { ...DAILY, timeZone: 'UTC', ...bounds });

    const { body } = await call('GET', 'daily');

    const [startsAt, endsAt] = [Date.parse(bounds.startsAt), bounds.endsAt];
    expect(body).to.include({ startsAt, endsAt, nextAt: startsAt });
    const { next } = (await call('GET', 'daily/next')).body;
    expect(next).to.have.length(2);
  });

  it('are checked by the schema of a type that is known', async () => {
    const { status, body } = await put('daily', { ...DAILY, type: 'email.send', data: { to: 'nobody' } });

    expect([status, pathsOf(body)]).to.deep.equal([422, ['data.to']]);
  });

  for (const [body, path] of [
    [{ ...DAILY, everyMs: 60_000 }, 'everyMs'],
    [{ type: 'raw', data: 1 }, 'cron'],
    [{ ...DAILY, cron: 'now and then' }, 'cron'],
    [{ ...DAILY, timeZone: 'Mars/Base' }, 'timeZone'],
    [{ ...DAILY, missed: 'never' }, 'missed'],
    [{ ...DAILY, startsAt: 'soon' }, 'startsAt'],
    [{ ...DAILY, endsAt: 5 }, 'endsAt'],
    [{ ...DAILY, options: { runAt: 1 } }, 'options.runAt'],
    [{ ...DAILY, options: { id: 'x' } }, 'options.id'],
    [{ type: 'raw', cron: '@daily' }, 'data'],
    [{ ...DAILY, crn: 'x' }, 'crn'],
  ] as const) {
    it(`are refused that say ${JSON.stringify(body)}`, async () => {
      const answer = await put('daily', body);

      expect([answer.status, pathsOf(answer.body)[0]]).to.deep.equal([422, path]);
    });
  }

  it('are paused and resumed, once', async () => {
    await put('daily');

    const changes = [];
    for (const name of ['pause', 'pause', 'resume', 'resume'])
      changes.push((await call('POST', `daily/${name}`)).body['change']);

    expect(changes).to.deep.equal(['paused', 'unchanged', 'resumed', 'unchanged']);
  });

  it('are fired by hand, unless the job before goes on where that must not be', async () => {
    await put('daily', { ...DAILY, overlap: 'skip' });

    const first = await call('POST', 'daily/fire');
    const second = await call('POST', 'daily/fire');

    expect([first.status, second.status]).to.deep.equal([200, 409]);
    const job = await api.inspector.job(queue, String(first.body['id']));
    expect(job).to.deep.include({ state: 'waiting', data: { a: 1 } });
    expect(second.body['detail']).to.include('did not fire');
    expect((await call('GET', 'daily/firings')).body['firings']).to.have.length(2);
  });

  it('tell their next firings', async () => {
    await put('daily');

    const { body } = await call('GET', 'daily/next?count=3');

    const next = body['next'] as { at: number; local: string }[];
    expect(next).to.have.length(3);
    expect(next[0]?.local).to.match(/T09:30:00$/);
  });

  it('are removed, once', async () => {
    await put('daily');

    const [first, second] = [await call('DELETE', 'daily'), await call('DELETE', 'daily')];

    expect([first.status, first.body['change']]).to.deep.equal([200, 'removed']);
    expect([second.status, second.body['type']]).to.deep.equal([
      404,
      'urn:apiary:problem:schedule-not-found',
    ]);
  });

  it('are 404 where there is none', async () => {
    for (const [method, path] of [
      ['GET', 'x'],
      ['GET', 'x/next'],
      ['GET', 'x/firings'],
      ['POST', 'x/pause'],
      ['POST', 'x/resume'],
      ['POST', 'x/fire'],
      ['DELETE', 'x'],
    ] as const)
      expect((await call(method, path)).status, `${method} ${path}`).to.equal(404);
  });

  describe('a list', () => {
    const namesOf = (body: Record<string, unknown>) =>
      (body['schedules'] as { name: string }[]).map((one) => one.name);

    it('has those of a queue in pages, by name', async () => {
      for (const name of ['c', 'a', 'b']) await put(name);

      const first = (await api.call('GET', `/v1/schedules?queue=${queue}&limit=2`)).body;
      const second = (await api.call('GET', `/v1/schedules?queue=${queue}&cursor=${first['cursor']}`)).body;

      expect([namesOf(first), namesOf(second), second['cursor']]).to.deep.equal([['a', 'b'], ['c'], null]);
    });

    it('ends a page early whose schedules are large', async () => {
      const large = { ...DAILY, data: 'x'.repeat(1_000_000) };
      for (let at = 0; at < 30; at++) await put(`s-${10 + at}`, large);

      const first = (await api.call('GET', `/v1/schedules?queue=${queue}`)).body;
      const second = (await api.call('GET', `/v1/schedules?queue=${queue}&cursor=${first['cursor']}`)).body;

      expect([namesOf(first).length, namesOf(second).length, second['cursor']]).to.deep.equal([20, 10, null]);
    }).timeout(30_000);

    it('has those of all queues, each once', async () => {
      const other = `${queue}-x`;
      await put('a');
      await put('b');
      await api.call('PUT', `/v1/queues/${other}/schedules/a`, { body: DAILY });
      await api.inspector.census.forget();

      const found: unknown[] = [];
      for (let cursor: unknown = ''; cursor !== null; ) {
        const query = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body } = await api.call('GET', `/v1/schedules?limit=1${query}`);
        found.push(
          ...(body['schedules'] as { queue: string; name: string }[]).map((one) => [one.queue, one.name]),
        );
        cursor = body['cursor'];
      }

      const ours = found.filter((one) => String(one).startsWith(queue));
      expect(ours).to.deep.equal([
        [queue, 'a'],
        [queue, 'b'],
        [other, 'a'],
      ]);
    });

    it('refuses a queue that cannot be', async () => {
      const { status, body } = await api.call('GET', '/v1/schedules?queue=a%20b');

      expect([status, pathsOf(body)]).to.deep.equal([422, ['queue']]);
    });
  });
});
