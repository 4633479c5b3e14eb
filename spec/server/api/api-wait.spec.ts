import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { Session, type SessionOptions, type Taken } from '../../../lib/engine/session/session.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type Answer, type SpecApi, startApi } from '../../support/api.ts';
import { outcomes, settle, take } from '../../support/engine.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const { succeeded, failed } = outcomes;

describe('GET /v1/queues/{queue}/jobs/{id}?wait', () => {
  let api: SpecApi;
  let queue: string;
  let id: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
    id = await add();
  });
  afterEach(() => api.close());

  const add = async (): Promise<string> => {
    const body = { type: 'raw', data: 1, options: { queue } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const get = (wait: string, of = id): Promise<Answer> =>
    api.call('GET', `/v1/queues/${queue}/jobs/${of}?wait=${wait}`);
  const takeIt = async (options: Partial<SessionOptions> = {}): Promise<[Session, Taken]> => {
    const { client } = api;
    const session = new Session(
      { client, keys: queueKeys('bq', queue, false), clock: systemClock },
      { leaseMs: 60_000, judgesAfterMs: 0, keepSucceeded: -1, keepFailed: -1, publish: 'always', ...options },
    );
    const [job] = await take(session, 1);
    return [session, job ?? expect.fail('there was nothing to take')];
  };
  const listeners = async (): Promise<unknown> =>
    (await api.client.pubsub('NUMSUB', queueKeys('bq', queue, false).events))[1];
  const untilWaiting = (count = 1): Promise<void> =>
    until(async () => (await listeners()) === count, `${count} listen`);

  it('answers when the job has ended', async () => {
    const [session, job] = await takeIt();
    const answer = get('60s');
    await untilWaiting();

    await settle(session, [job, succeeded]);

    const { status, body } = await answer;
    expect(status).to.equal(200);
    expect(body).to.include({ id, state: 'succeeded', outcome: 'succeeded', result: 1 });
  });

  it('answers at once for one that has ended', async () => {
    const [session, job] = await takeIt();
    await settle(session, [job, failed]);

    const { status, body } = await get('60');

    expect(status).to.equal(200);
    expect(body).to.include({ state: 'failed', outcome: 'failed' });
  });

  it('answers with its state when the time is over', async () => {
    for (const wait of ['20ms', '0', '0m', '000000s']) {
      const { status, body } = await get(wait);

      expect([status, body['state'], body['outcome']], wait).to.deep.equal([200, 'waiting', null]);
    }
  });

  it('tells how one ended that is not kept', async () => {
    for (const outcome of [succeeded, failed]) {
      const [session, job] = await takeIt({ keepSucceeded: 0, keepFailed: 0 });
      const answer = get('60s');
      await untilWaiting();
      await settle(session, [job, outcome]);
      const { status, body } = await answer;

      expect(status).to.equal(200);
      expect(body).to.include({ id, state: outcome.kind, outcome: outcome.kind });
      expect(body['errors']).to.have.lengthOf(outcome.kind === 'failed' ? 1 : 0);
      expect((await get('0')).status).to.equal(404);
      id = await add();
    }
  });

  it('answers 404 when the job is removed meanwhile, and for one that there never was', async () => {
    const answer = get('60s');
    await untilWaiting();

    await api.inspector.remove(queue, id);

    expect((await answer).status).to.equal(404);
    expect((await get('60s', 'nobody')).status).to.equal(404);
  });

  it('refuses what is no time of up to a minute', async () => {
    for (const wait of [
      '',
      '61',
      '61s',
      '2m',
      '60001ms',
      '1h',
      '-1',
      '1.5',
      '1e1',
      ' 1',
      '1 s',
      '99999999',
      'x',
    ])
      expect((await get(encodeURIComponent(wait))).status, wait).to.equal(422);
    expect((await get('1s&wait=2s')).status).to.equal(422);
    expect((await get('1s&wiat=2s')).status).to.equal(422);
  });

  it('ends with its client', async () => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const asked = fetch(`${api.origin}/v1/queues/${queue}/jobs/${id}?wait=60s`, { signal }).catch(
      (error: unknown) => error,
    );
    await untilWaiting();

    leaving.abort();

    await untilWaiting(0);
    expect(await asked).to.include({ name: 'AbortError' });
  });

  it('is answered with the state when the server closes', async () => {
    const answer = fetch(`${api.origin}/v1/queues/${queue}/jobs/${id}?wait=60s`);
    await untilWaiting();

    const [response] = await Promise.all([answer, api.close()]);

    expect([response.status, (await response.json()).state]).to.deep.equal([200, 'waiting']);
    api = await startApi();
  });

  it('is answered 503 when Redis is away as the time is over', async () => {
    const redis = await startRedis({ appendOnly: false });
    const other = await startApi({ url: redis.url });
    const path = `/v1/queues/${queue}/jobs`;
    const body = { type: 'raw', data: 1, options: { queue } };
    const added = await other.call('POST', '/v1/jobs', { body });
    const answer = other.call('GET', `${path}/${added.body['id']}?wait=1s`);
    await until(
      async () => (await other.client.pubsub('NUMSUB', queueKeys('bq', queue, false).events))[1] === 1,
      'it waits',
    );

    await redis.kill();

    const { status, headers } = await answer;
    expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
    await other.close();
    await redis.stop();
  });
});
