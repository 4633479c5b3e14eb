import { expect } from 'chai';
import { z } from 'zod';
import { bulkRunsKey, queueKeys, savedSearchesKey } from '../lib/engine/keys.ts';
import {
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  type ForgetReport,
  handle,
  type Inspector,
  jobFor,
  type Producer,
} from '../lib/index.ts';
import { closeClient, connect, type RedisClient } from '../lib/redis/connect.ts';
import { parseRedisUrl } from '../lib/redis/url.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { startApi } from './support/api.ts';
import { apiary } from './support/command-line.ts';
import { randomKeys } from './support/encryption.ts';
import { silentLog } from './support/log.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { rejection } from './support/refusal.ts';
import { until } from './support/wait.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const field = { path: 'user.email', value: ADA };
const of = (email: string, more: object = {}) => ({ user: { email }, ...more });
const later = { delayMs: 600_000 };

describe('forgetting a person', function () {
  this.timeout(60_000);
  const keys = randomKeys();
  let redis: SpecRedis;
  let client: RedisClient;
  let queue: string;
  let producer: Producer;
  let inspector: Inspector;
  let closing: (() => Promise<unknown>)[];

  beforeEach(async () => {
    queue = testQueueName();
    closing = [];
    redis = await startRedis();
    closing.push(() => redis.stop());
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    closing.push(() => closeClient(client));
    const encryption = { keys };
    producer = createProducer({ redis: redis.url, encryption });
    inspector = createInspector({ redis: redis.url, encryption });
    closing.push(
      () => producer.close(),
      () => inspector.close(),
    );
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });

  const defined = (type = 'mail', more: object = {}) =>
    defineJob({ type, queue, schema: z.any(), retries: 0, ...more });
  const work = async (...handlers: NonNullable<Parameters<typeof createWorker>[0]['handlers']>) => {
    const worker = createWorker({ redis: redis.url, handlers, encryption: { keys }, concurrency: 20 });
    closing.push(() => worker.stop());
    await worker.start();
    return worker;
  };
  const counts = async () => (await inspector.queue(queue)).counts;
  const forget = (more: object = {}): Promise<ForgetReport> => inspector.forget({ field, ...more });
  const nothingLeft = { running: 0, naming: 0, closed: 0, changed: 0, handed: 0 };

  it('removes runs and saved searches that name them, and no others', async () => {
    const order = { operation: 'retry', queue, state: 'failed' } as const;
    await inspector.bulkRuns.start('of-ada', { ...order, filter: { field } }, 'bob');
    await inspector.bulkRuns.start('of-bob', { ...order, filter: { error: BOB } }, 'bob');
    const save = (name: string, value: string): Promise<void> =>
      inspector.savedSearches.save({ name, fields: { queue, state: 'failed', path: 'x', value }, by: 'bob' });
    await save('one', ADA);
    await save('two', BOB);
    // What another program has written beside them.
    for (const key of [bulkRunsKey('bq'), savedSearchesKey('bq')])
      await client.hset(key, { broken: '{', none: 'null', number: '7', empty: '{}', odd: '{"fields":7}' });

    expect((await inspector.forget({ field, queues: [queue], dryRun: true })).forgotten.audit).to.equal(2);
    expect(await inspector.savedSearches.list()).to.have.length(2);
    expect((await inspector.forget({ field, queues: [queue] })).forgotten.audit).to.equal(2);

    expect((await inspector.bulkRuns.list()).map(({ id }) => id)).to.deep.equal(['of-bob']);
    expect((await inspector.savedSearches.list()).map(({ name }) => name)).to.deep.equal(['two']);
  });

  it('leaves the value nowhere in Redis, whatever it came into', async () => {
    const Mail = defined();
    const Grouped = defined('grouped', { group: { graceMs: 600_000, maxDelayMs: 600_000 } });
    const Carried = defined('carried', { group: { maxSize: 2 } });
    const Follow = defined('follow');
    await inspector.events.record(queue, true);
    const worker = await work(
      handle(Mail, async (data, ctx) => {
        ctx.log.info(`to ${data.user.email}`);
        await ctx.progress({ to: data.user.email });
        await ctx.once('sent', () => data.user.email);
        if (data.fails) throw new Error(`cannot reach ${data.user.email}`);
        return data;
      }),
      // What is done for somebody else may name the person too.
      handle(Follow, async (_data, ctx) => {
        ctx.log.info(`after ${JSON.stringify(ctx.previous ?? ctx.results)}`);
        throw new Error(`nobody after ${ADA}`);
      }),
    );
    const headers = { trace: ADA };
    await producer.addMany(Mail, [of(ADA), of(ADA, { fails: true }), of(BOB)], { headers });
    await producer.add(Mail, of(ADA), { unique: { key: ADA, ttlMs: 600_000, release: 'ttl' } });
    await producer.addChain([jobFor(Mail, of(ADA)), jobFor(Follow, of(BOB))]);
    const { id: flow } = await producer.addWorkflow(({ job }) => {
      const first = job('first', Mail, of(ADA));
      const second = job('second', Follow, of(BOB), { after: [first] });
      job('third', Mail, of(ADA), { after: [second], headers });
    });
    await until(async () => {
      const { waiting, active, failed } = await counts();
      return waiting + active === 0 && failed === 3;
    }, 'all that could have run');
    await worker.stop();
    await producer.addMany(Mail, [of(ADA), of(BOB)], { ...later, headers: { for: 'bob' } });
    await producer.add(Mail, of(ADA));
    await producer.addMany(Grouped, [of(ADA), of(BOB)], { group: 'g' });
    await producer.addMany(Carried, [of(ADA), of(BOB)], { group: 'g' });
    await producer.addMany(Carried, [of(ADA), of(ADA)], { group: 'h' });
    await producer.addChain([jobFor(Mail, of(BOB), later), jobFor(Mail, of(ADA), { headers })]);
    await producer.addBatch({
      jobs: [jobFor(Mail, of(ADA), later), jobFor(Mail, of(BOB), later)],
      last: jobFor(Mail, of(ADA), { headers }),
    });
    await producer.schedules.put(Mail, { name: 'daily', cron: '0 0 * * *', data: of(ADA) });
    await producer.schedules.put(Mail, { name: 'weekly', cron: '0 0 * * 1', data: of(BOB) });
    const kind = (await inspector.failures.groups(queue)).groups[0]?.fingerprint ?? '';
    await inspector.failures.mark(queue, kind, { verdict: 'ignored', note: `as ${ADA} wrote "so"` }, 'carl');
    await inspector.audit.record({
      ...{ by: 'carl', through: 'api', action: 'cancel', queue, id: null },
      ...{ outcome: 'done', detail: `asked by ${ADA}` },
    });
    expect(await textsOf(client)).to.include(ADA);

    const dry = await forget({ dryRun: true });
    expect(await textsOf(client)).to.include(ADA);
    const report = await forget();

    expect(await textsOf(client)).not.to.include(ADA);
    expect(report.left).to.deep.equal(nothingLeft);
    expect(report.unreadable).to.deep.equal([]);
    expect(report.forgotten).to.include({ schedules: 1, batches: 1, audit: 1 });
    for (const kind of ['jobs', 'parts', 'steps', 'keys', 'events'] as const)
      expect(report.forgotten[kind], kind).to.be.greaterThan(0);
    expect(dry.forgotten.jobs).to.equal(report.forgotten.jobs);
    expect(await textsOf(client)).to.include(BOB);
    expect((await inspector.schedules.list(queue)).map(({ name }) => name)).to.deep.equal(['weekly']);
    expect(await inspector.workflow(flow)).to.include({ total: 3 });
    expect((await forget()).forgotten).to.deep.equal((await forget({ dryRun: true })).forgotten);
    expect(await inspector.events.areRecorded(queue)).to.equal(true);
    expect((await inspector.failures.case(queue, kind))?.mark).to.include({
      ...{ verdict: 'ignored', note: 'as (forgotten) wrote "so"', by: 'carl' },
    });
  });

  it('finds them in encrypted jobs too, and says which it cannot look into', async () => {
    const Secret = defined('secret', { encrypt: true });
    await producer.addMany(Secret, [of(ADA), of(BOB)], later);
    await producer.addChain([jobFor(Secret, of(BOB), later), jobFor(Secret, of(ADA))]);
    await producer.addBatch({ jobs: [jobFor(Secret, of(BOB), later)], last: jobFor(Secret, of(ADA)) });
    await producer.schedules.put(Secret, { name: 'daily', cron: '0 0 * * *', data: of(ADA) });
    const blind = createInspector({ redis: redis.url });
    closing.push(() => blind.close());

    expect((await blind.forget({ field })).left.closed).to.be.greaterThan(3);
    const { forgotten, left } = await forget();

    expect(forgotten).to.include({ jobs: 1, parts: 1, schedules: 1, batches: 1 });
    expect(left).to.deep.equal(nothingLeft);
    expect((await forget()).forgotten).to.include({ jobs: 0, parts: 0, schedules: 0, batches: 0 });
    const { jobs } = await inspector.jobs(queue, { state: 'delayed' });
    expect(jobs.map(({ data }) => data)).to.deep.equal([of(BOB), of(BOB), of(BOB)]);
  });

  it('leaves jobs that run, unless they are to go as well: then their ends change nothing', async () => {
    const Mail = defined();
    let end = (): void => undefined;
    let isAborted = false;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    closing.push(async () => end());
    await work(
      handle(Mail, async ({ user }, ctx) => {
        ctx.signal.addEventListener('abort', () => {
          isAborted = true;
        });
        await ended;
        return user;
      }),
    );
    await producer.add(Mail, of(ADA));
    await until(async () => (await counts()).active === 1, 'it runs');

    const first = await forget();
    expect(first.left).to.include({ running: 1 });
    expect(first.leftIds).to.have.length(1);
    expect(await textsOf(client)).to.include(ADA);
    const second = await forget({ running: true });

    expect(second.forgotten).to.include({ jobs: 1 });
    await until(() => isAborted, 'its handler is told');
    end();
    await producer.add(Mail, of(BOB));
    await until(async () => (await counts()).succeeded === 1, 'the other has ended');
    expect(await textsOf(client)).not.to.include(ADA);
  });

  it('finds them in what is kept beside records, with no worker that would sweep it', async () => {
    for (const more of [{}, { encrypt: true }]) {
      const Waits = defined('waits', more);
      const ended = await producer.add(Waits, of(BOB), later);
      const others = await producer.addMany(Waits, [of(ADA), of(BOB)], later);
      for (const { id } of [ended, ...others]) {
        await producer.signal({ id, queue }, 'named', `for ${ADA}`);
        await producer.signal({ id, queue }, 'theirs', of(ADA));
        await producer.signal({ id, queue }, 'others', of(BOB));
        const line = { at: 1, level: 'info', message: `asked by ${ADA}` };
        await client.hset(queueKeys('bq', queue, false).addedLines, id, JSON.stringify(line));
      }
      await inspector.archive(queue, ended.id, 'spec');

      expect((await forget({ dryRun: true })).left).to.deep.equal({ ...nothingLeft, naming: 1 });
      const { forgotten, left, leftIds } = await forget();

      expect(left).to.deep.equal({ ...nothingLeft, naming: 1 });
      expect(leftIds).to.deep.equal([others[1]?.id]);
      expect(forgotten).to.include({ jobs: 1, parts: 3 });
      await inspector.remove(queue, others[1]?.id ?? '');
      expect((await forget()).left).to.deep.equal(nothingLeft);
      expect(await textsOf(client)).not.to.include(ADA);
      await inspector.retry(queue, ended.id);
      const got: unknown[] = [];
      const worker = await work(
        handle(Waits, async (_data, ctx) => {
          for (const name of ['named', 'theirs', 'others'])
            got.push((await ctx.waitFor(name, { timeoutMs: 600_000 })).data);
        }),
      );
      await until(() => got.length === 3, 'it has all of its signals');
      await worker.stop();
      expect(got).to.deep.equal(['for (forgotten)', null, of(BOB)]);
    }
  });

  it('is stopped by no workflow that another program has left broken', async () => {
    const { flowIndex, flow } = queueKeys('bq', queue, false);
    const step = { '0:plan': 'no JSON', '0:id': 'x', '0:before': '{', '0:behind': '}' };
    await client.zadd(flowIndex, '+inf', 'endless', '+inf', 'broken', '+inf', 'nameless');
    await client.hset(flow('endless'), { names: '["a"]', added: '1e15' });
    await client.hset(flow('broken'), { names: '{', added: '1', ...step });
    await client.hset(flow('nameless'), { names: 'null', added: '1', ...step, '0:plan': '{"queue":0}' });
    await producer.add(defined(), of(ADA), later);

    const { forgotten, left, unreadable } = await forget();

    expect([forgotten.jobs, left.closed, unreadable]).to.deep.equal([1, 2, []]);
  });

  it('takes bounded steps through names by the thousand, and only by cursors that Redis can take', async () => {
    const { rates } = queueKeys('bq', queue, false);
    const names = Array.from({ length: 5_000 }, (_, at) => [at, `${at} of ${ADA}`]);
    await client.zadd(rates, ...names.flat());
    let most = 0;

    for (let cursor: string | null = null; ; ) {
      const step = await inspector.privacy.forget(queue, { field, cursor });
      most = Math.max(most, step.forgotten.keys);
      cursor = step.cursor;
      if (cursor === null) break;
    }

    expect(most).to.be.within(1, 1_000);
    expect(await client.exists(rates)).to.equal(0);
    for (const cursor of ['jobs:18446744073709551616', 'jobs:99999999999999999999'])
      expect(await rejection(inspector.privacy.forget(queue, { field, cursor }))).to.include({
        code: 'JOB_INVALID',
      });
    for (const cursor of ['jobs:99999999999999999999', 'batches:99999999999999999999'])
      expect(await rejection(inspector.privacy.reencrypt(queue, { cursor }))).to.include({
        code: 'JOB_INVALID',
      });
    expect(await inspector.privacy.reencrypt(queue, { cursor: 'batches:18446744073709551615' })).to.include({
      looked: 0,
    });
  });

  it('says of jobs that are still to run that they name the person elsewhere, and keeps them', async () => {
    const { id } = await producer.add(defined(), { to: ADA }, later);

    const { left, leftIds, forgotten } = await forget();

    expect({ left, leftIds }).to.deep.equal({ left: { ...nothingLeft, naming: 1 }, leftIds: [id] });
    expect(forgotten).to.include({ jobs: 0, parts: 0 });
  });

  it('takes a short value or a number for no text: only the field counts', async () => {
    const Mail = defined();
    await producer.addMany(
      Mail,
      [
        { user: 17, note: 'of 17' },
        { user: 18, note: 'of 17' },
      ],
      later,
    );

    const { forgotten, left } = await inspector.forget({ field: { path: 'user', value: '17' } });

    expect(forgotten).to.include({ jobs: 1, parts: 0 });
    expect(left).to.deep.equal(nothingLeft);
    expect((await counts()).delayed).to.equal(1);
  });

  it('is stopped by no record that another program wrote', async () => {
    const { jobs, succeeded } = queueKeys('bq', queue, false);
    const hostile = [
      { links: { chain: { rest: [null, 5, ADA] } } },
      { links: { results: ADA, flow: 7 } },
      { errors: ADA, logs: { a: ADA }, stacktraces: 5 },
      { group: { name: 'g', size: 3 } },
      { encrypted: true, sealed: ADA },
      { __proto__: null, once: [[ADA]] },
    ];
    for (const [at, options] of hostile.entries()) {
      await client.hset(jobs, `h${at}`, JSON.stringify({ data: [ADA, { id: ADA }], options }));
      await client.sadd(succeeded, `h${at}`);
    }
    await client.hset(jobs, 'none', `no JSON of ${ADA}`);
    await producer.add(defined(), of(ADA), later);

    const { forgotten, left } = await forget();

    expect(forgotten.jobs).to.equal(1);
    expect(left.closed + left.naming + forgotten.parts).to.equal(hostile.length + 1);
  });

  it('finds what is left in a queue without jobs', async () => {
    const Mail = defined('mail', { retention: { succeededMs: 0 } });
    await inspector.events.record(queue, true);
    const worker = await work(handle(Mail, async (data) => data));
    const { id } = await producer.addWorkflow(({ job }) => {
      const first = job('first', Mail, of(ADA));
      job('second', Mail, of(BOB), { after: [first] });
    });
    await until(async () => (await inspector.workflow(id))?.state === 'succeeded', 'it is over');
    await worker.stop();
    expect(await inspector.queueNames()).not.to.include(queue);
    expect(await textsOf(client)).to.include(ADA);

    expect((await forget()).forgotten).to.include({ steps: 1 });

    expect(await textsOf(client)).not.to.include(ADA);
  });

  it('goes over many jobs in steps, while others are added', async () => {
    const Mail = defined();
    const all = Array.from({ length: 1_000 }, (_, at) => of(at % 10 === 0 ? ADA : BOB, { at }));
    await producer.addMany(Mail, all);

    const [{ forgotten }] = await Promise.all([forget(), producer.addMany(Mail, [of(BOB), of(BOB)])]);

    expect(forgotten).to.include({ jobs: 100 });
    expect((await counts()).waiting).to.equal(902);
  });

  it('is a command, which counts and asks first, and says by its exit code what is left', async () => {
    const Mail = defined();
    const env = { REDIS_URL: redis.url, JOB_ENCRYPTION_KEYS: keys };
    const words = ['forget', '--field', `user.email=${ADA}`];
    await producer.addMany(Mail, [of(ADA), of(ADA)], later);
    await producer.add(Mail, { to: ADA }, later);

    const dry = await apiary([...words, '--dry-run'], { env });
    expect(dry.code).to.equal(1);
    expect(dry.out).to.match(/would be forgotten.*2 {2}jobs removed.*left:.*1 {2}the value stands/s);
    expect(await apiary(words, { env })).to.include({ code: 2 });
    expect(await apiary(words, { env, answer: 'n' })).to.include({ code: 1 });
    expect((await counts()).delayed).to.equal(3);
    const done = await apiary([...words, queue, '--yes', '--json'], { env });
    expect(done.code).to.equal(1);
    expect(JSON.parse(done.out)).to.have.nested.property('forgotten.jobs', 2);
    const { entries } = await inspector.audit.list({ queue });
    expect(entries[0]).to.include({ action: 'forget', through: 'cli', outcome: 'done' });
    expect(JSON.stringify(entries)).not.to.include(ADA);
    expect(await apiary(['forget'], { env })).to.include({ code: 2 });
  });

  it('is a call of the API for a queue, which goes on by its cursor', async () => {
    const api = await startApi();
    closing.push(() => api.close());
    const id = `forget-${queue}`;
    const options = { queue, id, delayMs: 600_000 };
    await api.call('POST', '/v1/jobs', { body: { type: 'mail', data: of(ADA), options } });
    let jobs = 0;
    const body = { field: field.path, value: field.value };

    for (let cursor: unknown = null; ; ) {
      const answer = await api.call('POST', `/v1/queues/${queue}/forget`, {
        body: { ...body, ...(cursor !== null && { cursor }) },
      });
      expect(answer.status).to.equal(200);
      jobs += z.object({ jobs: z.int() }).parse(answer.body['forgotten']).jobs;
      cursor = answer.body['cursor'];
      if (cursor === null) break;
    }

    expect(jobs).to.equal(1);
    expect(await api.call('GET', `/v1/queues/${queue}/jobs/${id}`)).to.include({ status: 404 });
    expect(await api.call('POST', `/v1/queues/${queue}/forget`, { body: { field: 'a' } })).to.include({
      status: 422,
    });
    expect(
      await api.call('POST', `/v1/queues/${queue}/forget`, { body: { ...body, cursor: 'none:0' } }),
    ).to.include({ status: 422 });
  });
});

/** All names of keys and all that they hold. */
async function textsOf(client: RedisClient): Promise<string> {
  const texts: string[] = [];
  for (const key of await client.keys('*')) texts.push(key, JSON.stringify(await contentOf(client, key)));
  return texts.join('\n');
}

async function contentOf(client: RedisClient, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'list':
      return client.lrange(key, 0, -1);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, 0, '-1');
    case 'stream':
      return client.xrange(key, '-', '+');
    case 'none':
      // Its time was over since it was listed.
      return null;
    default:
      throw new Error(`a key of another type: ${key}`);
  }
}
