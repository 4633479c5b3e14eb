import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { type Added, Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('Producer, under a unique key', () => {
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let queue: string;
  let told: Added[];

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    told = [];
    producer = new Producer({ client, onCreated: (job) => told.push(job) });
    inspector = new Inspector({ client });
  });
  afterEach(() => closeClient(client));

  const reindex = (options: Omit<JobOptions, 'group'> = {}) =>
    defineJob({ type: 'reindex', queue, schema: z.object({ n: z.number() }), ...options });
  const dataOf = async (id: string) => (await inspector.job(queue, id))?.data;
  const failureOf = (adding: Promise<unknown>): Promise<Error> =>
    adding.then(
      () => expect.fail('it was accepted'),
      (error) => error,
    );
  const unique = { key: 'user 7' };

  it('answers with the job that holds it, which is not changed', async () => {
    const first = await producer.add(reindex(), { n: 1 }, { unique });

    const second = await producer.add(reindex(), { n: 2 }, { unique });

    expect(first).to.include({ created: true, state: 'waiting' });
    expect(second).to.deep.equal({ id: first.id, queue, type: 'reindex', created: false, state: null });
    expect(await dataOf(first.id)).to.deep.equal({ n: 1 });
  });

  it('tells of what was created alone', async () => {
    const first = await producer.add(reindex(), { n: 1 }, { unique });

    await producer.add(reindex(), { n: 2 }, { unique });

    expect(told).to.deep.equal([first]);
  });

  it('rejects with JOB_EXISTS that names both when it was asked to', async () => {
    const options: JobOptions = { unique: { ...unique, onConflict: 'reject' } };
    const { id } = await producer.add(reindex(), { n: 1 }, options);

    const failure = await failureOf(producer.add(reindex(), { n: 2 }, options));

    expect(failure).to.include({ code: 'JOB_EXISTS' });
    expect(failure.message).to.contain(id).and.to.contain('user 7');
  });

  it('replaces data and options when it was asked to, and says so', async () => {
    const options: JobOptions = { unique: { ...unique, onConflict: 'replace' } };
    const { id } = await producer.add(reindex(), { n: 1 }, options);

    const second = await producer.add(reindex(), { n: 2 }, { ...options, retries: 7 });

    expect(second).to.include({ id, created: false, replaced: true });
    const job = await inspector.job(queue, id);
    expect(job).to.deep.include({ data: { n: 2 } });
    expect(job?.options.retriesLeft).to.equal(7);
  });

  it('takes an id of its own before the key', async () => {
    await producer.add(reindex(), { n: 1 }, { id: 'mine' });

    const again = await producer.add(reindex(), { n: 2 }, { id: 'mine', unique });
    const other = await producer.add(reindex(), { n: 3 }, { unique });

    expect(again).to.include({ id: 'mine', created: false });
    expect(other.created).to.equal(true);
  });

  it('may be the default of a type', async () => {
    const once = reindex({ unique });
    const { id } = await producer.add(once, { n: 1 });

    expect(await producer.add(once, { n: 2 })).to.include({ id, created: false });
    expect((await producer.add(once, { n: 3 }, { unique: { key: 'other' } })).created).to.equal(true);
  });

  it('is shown with the job', async () => {
    const { id } = await producer.add(
      reindex(),
      { n: 1 },
      { unique: { ...unique, ttlMs: 5, release: 'ttl' } },
    );
    const other = await producer.add(reindex(), { n: 1 }, { unique: { key: 'other' } });

    expect((await inspector.job(queue, id))?.options.unique).to.deep.equal({
      key: 'user 7',
      ttlMs: 5,
      release: 'ttl',
    });
    expect((await inspector.job(queue, other.id))?.options.unique).to.deep.equal({
      key: 'other',
      ttlMs: null,
      release: 'end',
    });
  });

  it('adds many as if one after the other', async () => {
    const data = [{ n: 1 }, { n: 2 }, { n: 3 }];

    const added = await producer.addMany(reindex(), data, { unique: { ...unique, onConflict: 'replace' } });

    expect(added.map(({ created }) => created)).to.deep.equal([true, false, false]);
    expect(new Set(added.map(({ id }) => id)).size).to.equal(1);
    expect(await dataOf(added[0]?.id ?? '')).to.deep.equal({ n: 3 });
  });

  it('adds what has no definition at hand', async () => {
    const job = { type: 'other', queue, data: 1, options: { unique } };
    const { id } = await producer.addRaw(job);

    expect(await producer.addRaw(job)).to.include({ id, created: false });
  });

  it('makes no second job when the answer of Redis is lost and the command sent again', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const cut = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
    const through = new Producer({ client: cut });
    await cut.ping();
    proxy.dropReplies(true);

    const adding = through.add(reindex(), { n: 1 }, { unique });
    const { waiting } = queueKeys('bq', queue, false);
    await until(async () => (await client.llen(waiting)) === 1, 'Redis had it');
    proxy.dropReplies(false);
    proxy.cut();

    expect(await adding).to.include({ created: true, state: 'waiting' });
    expect(await client.llen(waiting)).to.equal(1);
    await closeClient(cut);
    await proxy.close();
  });
});
