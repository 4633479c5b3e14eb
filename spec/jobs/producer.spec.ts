import { expect } from 'chai';
import { z } from 'zod';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Queries } from '../../lib/engine/queries/queries.ts';
import { Store } from '../../lib/engine/store/store.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { type Added, Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const NOW = 1_800_000_000_000;
const clock: Clock = { ...systemClock, now: () => NOW };

describe('Producer', () => {
  let client: RedisClient;
  let producer: Producer;
  let queries: Queries;
  let queue: string;
  let told: Added[];

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    told = [];
    producer = new Producer({ client, clock, onCreated: (job) => told.push(job) });
    queries = new Queries(client, queueKeys('bq', queue, false));
  });
  afterEach(() => closeClient(client));

  const email = (options: object = {}) =>
    defineJob({ type: 'email.send', queue, schema: z.object({ to: z.email() }), ...options });
  const TO = { to: 'a@example.com' };
  const failureOf = (adding: Promise<unknown>): Promise<Error & { problems?: unknown }> =>
    adding.then(
      () => expect.fail('it was accepted'),
      (error) => error,
    );

  it('stores a job that may start at once', async () => {
    const added = await producer.add(email(), TO);

    expect(added).to.deep.include({ queue, type: 'email.send', created: true, state: 'waiting' });
    const job = await queries.job(added.id);
    expect(job?.state).to.equal('waiting');
    expect(job?.record).to.deep.equal({
      data: TO,
      options: { timestamp: NOW, retries: 3, type: 'email.send' },
      status: 'created',
      progress: 0,
    });
  });

  it('stores what differs from the defaults', async () => {
    const options = { retries: 1, timeoutMs: 50, headers: { a: 'b' } };
    const backoff = { type: 'fixed', delayMs: 5 } as const;

    const { id } = await producer.add(email({ timeoutMs: 10 }), TO, { ...options, backoff });

    expect((await queries.job(id))?.record.options).to.deep.include({
      retries: 1,
      timeout: 50,
      headers: { a: 'b' },
      backoff: { strategy: 'fixed', delay: 5, maxDelay: 3_600_000, jitter: false },
    });
  });

  it('says of an id that exists that the job was not created, and changes nothing', async () => {
    await producer.add(email(), TO, { id: 'mine' });

    const again = await producer.add(email(), { to: 'b@example.com' }, { id: 'mine' });

    expect(again).to.deep.equal({ id: 'mine', queue, type: 'email.send', created: false, state: null });
    expect((await queries.job('mine'))?.record.data).to.deep.equal(TO);
  });

  it('delays a job', async () => {
    const added = await producer.add(email(), TO, { delayMs: 3_600_000 });

    expect(added.state).to.equal('delayed');
    expect((await queries.job(added.id))?.record.options).to.include({ delay: NOW + 3_600_000 });
  });

  it('keeps a job until a given time', async () => {
    const { id } = await producer.add(email(), TO, { runAt: 7_000_000_000_000 });

    expect(await queries.job(id)).to.include({ state: 'delayed', dueAt: 7_000_000_000_000 });
  });

  it('leaves it to Redis whether a given time has passed', async () => {
    const store = new Store(client, queueKeys('bq', queue, false));
    const soon = Date.now() + 60_000;
    // A clock that is an hour ahead.
    const ahead = new Producer({ client, clock: { ...systemClock, now: () => Date.now() + 3_600_000 } });

    const { id, state } = await ahead.add(email(), TO, { runAt: soon });

    expect(state).to.equal('delayed');
    expect(await queries.job(id)).to.include({ state: 'delayed', dueAt: soon });
    expect(await store.promoteDue()).to.include({ moved: 0 });
    const past = await ahead.add(email(), TO, { runAt: Date.now() - 60_000 });
    expect(await store.promoteDue()).to.include({ moved: 1 });
    expect(await queries.job(past.id)).to.include({ state: 'waiting' });
  });

  it('starts a job at once that has no delay', async () => {
    expect(await producer.add(email(), TO, { delayMs: 0 })).to.include({ state: 'waiting' });
  });

  it('refuses data that the schema refuses, and stores nothing', async () => {
    const error = await failureOf(producer.add(email(), { to: 'nobody' }));

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(error.message).to.match(/^data of email\.send is not valid: to: /);
    expect(await queries.counts()).to.include({ waiting: 0 });
  });

  it('refuses options that are not valid', async () => {
    expect(await failureOf(producer.add(email(), TO, { retries: -1 }))).to.include({ code: 'JOB_INVALID' });
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  for (const [name, data] of [
    ['a BigInt', 10n],
    ['a circular object', circular],
    ['undefined', undefined],
    ['a function', () => 1],
  ] as const) {
    it(`refuses ${name} as data, which JSON cannot carry`, async () => {
      const anything = defineJob({ type: 'anything', queue, schema: z.any() });

      const error = await failureOf(producer.add(anything, data));

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error.problems).to.have.nested.property('[0].path', 'data');
    });
  }

  for (const data of [null, 0, '', false, [], {}, 'ünï\u2028\u{1F41D}']) {
    it(`stores ${JSON.stringify(data)} as it is`, async () => {
      const anything = defineJob({ type: 'anything', queue, schema: z.any() });

      const { id } = await producer.add(anything, data);

      expect((await queries.job(id))?.record.data).to.deep.equal(data);
    });
  }

  it('stores the input and not the output of a schema that transforms: the worker parses it again', async () => {
    const doubled = defineJob({ type: 'double', queue, schema: z.number().transform((n) => n * 2) });

    const { id } = await producer.add(doubled, 4);

    expect((await queries.job(id))?.record.data).to.equal(4);
  });

  describe('addMany', () => {
    it('adds many in order', async () => {
      const many = Array.from({ length: 2_100 }, (_, at) => ({ to: `user${at}@example.com` }));

      const added = await producer.addMany(email(), many);

      expect(new Set(added.map(({ id }) => id)).size).to.equal(2_100);
      const [first] = await queries.page('waiting', 0, 1, false);
      expect(first).to.deep.include({ id: added[0]?.id });
      expect(await queries.counts()).to.include({ waiting: 2_100 });
    });

    it('adds none when one is not valid', async () => {
      expect(await failureOf(producer.addMany(email(), [TO, { to: 'nobody' }]))).to.include({
        code: 'JOB_INVALID',
      });

      expect(await queries.counts()).to.include({ waiting: 0 });
    });

    it('adds none of none', async () => {
      expect(await producer.addMany(email(), [])).to.deep.equal([]);
    });
  });

  describe('addRaw', () => {
    it('stores data of which no definition is at hand', async () => {
      const { id } = await producer.addRaw({ type: 'theirs', queue, data: [1], options: { retries: 0 } });

      const record = (await queries.job(id))?.record;
      expect(record?.data).to.deep.equal([1]);
      expect(record?.options).to.include({ type: 'theirs', retries: 0 });
    });
  });

  it('tells of each job that was created, and of no other', async () => {
    await producer.add(email(), TO, { id: 'mine' });
    await producer.add(email(), { to: 'b@example.com' }, { id: 'mine' });
    await producer.addMany(email(), [TO, TO]);

    expect(told.map(({ created }) => created)).to.deep.equal([true, true, true]);
    expect(told[0]?.id).to.equal('mine');
  });

  it('makes no second job when the answer of Redis is lost and the command sent again', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const shaky = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
    const through = new Producer({ client: shaky, clock });
    await through.add(email(), TO);
    proxy.dropReplies(true);

    const adding = through.add(email(), TO);
    await until(async () => (await queries.counts()).waiting === 2, 'Redis had it');
    proxy.dropReplies(false);
    proxy.cut();

    expect(await adding).to.include({ created: true, state: 'waiting' });
    expect(await queries.counts()).to.include({ waiting: 2 });
    await closeClient(shaky);
    await proxy.close();
  });

  it('closes what was opened for it and leaves the client of its user open', async () => {
    let closed = 0;
    const own = new Producer({
      client,
      close: async () => {
        closed++;
      },
    });

    await own.close();
    await producer.close();

    expect(closed).to.equal(1);
    expect(await client.ping()).to.equal('PONG');
  });
});
