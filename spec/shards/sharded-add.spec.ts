import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardName, shardNames, shardOf } from '../../lib/shards/route.ts';
import { writeField } from '../../lib/shards/shard-field.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { listenToCommands } from '../support/asked-commands.ts';
import { silentLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';
import { giveShards, idsByShard } from '../support/shards.ts';
import { until } from '../support/wait.ts';

const SHARDS = 4;

describe('an add to a queue with shards', () => {
  let redis: SpecRedis;
  let client: RedisClient;
  let queue: string;
  let job: JobDefinition<unknown, unknown>;
  let producer: Producer;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
  });
  after(() => redis.stop());

  beforeEach(async () => {
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    queue = testQueueName();
    job = defineJob({ type: 'job', queue, schema: z.unknown() });
    producer = new Producer({ client });
    await giveShards({ client }, queue, SHARDS);
  });
  afterEach(async () => {
    await client.del(shardKeys('bq').records);
    await closeClient(client);
  });

  const counts = async (): Promise<number[]> =>
    (await idsByShard({ client }, queue, SHARDS)).map(({ length }) => length);
  const shardsWith = async (ids: readonly string[]): Promise<number[]> => {
    const all = await idsByShard({ client }, queue, SHARDS);
    return ids.map((id) => all.findIndex((some) => some.includes(id)));
  };

  it('goes to one of them, by its id', async () => {
    const added = await Promise.all(Array.from({ length: 200 }, (_, at) => producer.add(job, at)));
    const ids = added.map(({ id }) => id);
    expect(await shardsWith(ids)).to.deep.equal(ids.map((id) => shardOf(id, SHARDS)));
    for (const count of await counts()) expect(count).to.be.above(20);
    expect(new Set(added.map((one) => one.queue))).to.deep.equal(new Set([queue]));
  });

  it('goes so with many at once, whose answers are in their order', async () => {
    const added = await producer.addMany(
      job,
      Array.from({ length: 100 }, (_, at) => at),
    );
    expect(added.every(({ created }) => created)).to.equal(true);
    const all = await idsByShard({ client }, queue, SHARDS);
    for (const [at, { id }] of added.entries()) {
      const shard = shardOf(id, SHARDS);
      expect(all[shard]).to.include(id);
      const record = await client.hget(queueKeys('bq', shardName(queue, shard), false).jobs, id);
      expect(JSON.parse(record ?? '').data).to.equal(at);
    }
  });

  it('goes with all others of its key to one shard', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const key of keys) {
      const one = await producer.add(job, 1, { key });
      const many = await producer.addMany(job, [2, 3], { key });
      const delayed = await producer.add(job, 4, { key, delayMs: 60_000, id: `own-${key}` });
      const at = shardOf(key, SHARDS);
      expect(await shardsWith([one, ...many, delayed].map(({ id }) => id))).to.deep.equal([at, at, at, at]);
    }
  });

  it('finds the job that has its id, or holds its unique key', async () => {
    for (let at = 0; at < 20; at++) {
      await producer.add(job, 1, { id: `order-${at}` });
      expect(await producer.add(job, 2, { id: `order-${at}` })).to.include({ created: false });
      const first = await producer.add(job, 1, { unique: { key: `u-${at}` } });
      expect(await producer.add(job, 2, { unique: { key: `u-${at}` } })).to.include({
        id: first.id,
        created: false,
      });
    }
    expect((await counts()).reduce((sum, one) => sum + one)).to.equal(40);
  });

  it('finds them too where they were added before the queue had so many', async () => {
    await giveShards({ client }, queue, 1);
    const before = new Producer({ client });
    for (let at = 0; at < 20; at++) {
      await before.add(job, 1, { id: `order-${at}` });
      await before.add(job, 1, { unique: { key: `u-${at}` } });
    }
    await giveShards({ client }, queue, {
      change: 2,
      shards: SHARDS,
      served: SHARDS,
      ever: SHARDS,
      before: [2, 1],
    });
    const after = new Producer({ client });
    for (let at = 0; at < 20; at++) {
      expect(await after.add(job, 2, { id: `order-${at}` })).to.include({ created: false });
      expect(await after.add(job, 2, { unique: { key: `u-${at}` } })).to.include({ created: false });
    }
    expect(await counts()).to.deep.equal([40, 0, 0, 0]);
  });

  it('of a chain, a batch or a workflow goes to the first shard, and is refused with a key', async () => {
    const chain = await producer.addChain([jobFor(job, 1), jobFor(job, 2)]);
    const batch = await producer.addBatch({ jobs: [jobFor(job, 1)], last: jobFor(job, 2) });
    expect(await shardsWith([chain.id])).to.deep.equal([0]);
    expect(batch.id).to.be.a('string');
    const keyed = jobFor(job, 1, { key: 'k' });
    for (const call of [
      (): Promise<unknown> => producer.addChain([jobFor(job, 1), keyed]),
      () => producer.addBatch({ jobs: [keyed], last: jobFor(job, 2) }),
      () => producer.addWorkflow(({ job: step }) => void step('one', job, 1, { key: 'k' })),
    ])
      expect(String(await rejection(call()))).to.match(/key cannot be had .*4 shards/);
  });

  it('is refused for a schedule with a key, whose jobs are all in the first', async () => {
    const put = producer.schedules.put(job, {
      name: 'daily',
      everyMs: 60_000,
      data: 1,
      options: { key: 'k' },
    });
    expect(String(await rejection(put))).to.match(/key cannot be had .*4 shards/);
    expect(await producer.schedules.put(job, { name: 'daily', everyMs: 60_000, data: 1 })).to.equal(
      'created',
    );
  });

  it('goes to the first where that says of its shards what is none of ours, and is not sent again and again', async () => {
    const { meta } = queueKeys('bq', queue, false);
    const record = { change: 9, shards: 4, served: 4, ever: 4, before: [] };
    for (const nonsense of [
      '',
      '{',
      '9',
      '9 null',
      '9 {"shards":9}',
      `8 ${JSON.stringify(record)}`,
      `9 ${JSON.stringify({ ...record, served: 1 })}`,
      `9 ${JSON.stringify({ ...record, before: [1, 2, 3, 4, 5] })}`,
      `${'9'.repeat(400)} ${JSON.stringify(record)}`,
      `9 ${'x'.repeat(1_000_000)}`,
      '\r\n-ERR 9 \0\ud800',
      '-1 {}',
      '1e3 {}',
    ]) {
      await client.hset(meta, 'shards', nonsense);
      const fresh = new Producer({ client });
      const one = await fresh.add(job, 1);
      const many = await fresh.addMany(job, [1, 2], { key: 'k' });
      const held = await fresh.add(job, 1, { unique: { key: `u-${nonsense.length}` } });
      const ids = [one, ...many, held].map(({ id }) => id);
      expect(await shardsWith(ids), nonsense.slice(0, 40)).to.deep.equal([0, 0, 0, 0]);
      expect((await fresh.addChain([jobFor(job, 1, { key: 'k' }), jobFor(job, 2)])).created).to.equal(true);
    }
  });

  it('fails as ever where the meta of the queue is of another type', async () => {
    const { meta } = queueKeys('bq', queue, false);
    await client.del(meta);
    await client.set(meta, 'nonsense');
    expect((await rejection(new Producer({ client }).add(job, 1))).code).to.equal('REDIS_REFUSED');
  });

  it('is stored where each shard says another thing', async () => {
    for (let at = 0; at < SHARDS; at++) {
      const record = { change: 10 + at, shards: 1 + at, served: SHARDS, ever: SHARDS, before: [SHARDS, 1] };
      await writeField({ client, prefix: 'bq' }, shardName(queue, at), { record, fence: 0 });
    }
    const fresh = new Producer({ client });
    const adding = Array.from({ length: 200 }, (_, at) =>
      fresh.add(job, at, at % 2 ? { id: `own-${at}` } : {}),
    );
    expect((await Promise.all(adding)).every(({ created }) => created)).to.equal(true);
    expect((await counts()).reduce((sum, one) => sum + one)).to.equal(200);
  });

  it('goes where it led before as long as that says so, so that no key is had twice', async () => {
    const place = { client, prefix: 'bq' };
    const keys = Array.from({ length: 40 }, (_, at) => `u-${at}`);
    const moved = keys.filter((key) => shardOf(key, 2) !== shardOf(key, SHARDS));
    expect(moved).to.not.have.length(0);
    const old = { change: 5, shards: 2, served: SHARDS, ever: SHARDS, before: [1] };
    const later = { ...old, change: 6, shards: SHARDS, before: [2, 1] };
    const asleep = new Producer({ client });
    await giveShards({ client }, queue, old);
    await asleep.add(job, 0);
    // One of two shards has been told, as where a change was stopped.
    await writeField(place, queue, { record: later, fence: 0 });
    const awake = new Producer({ client });
    await awake.add(job, 0);
    for (const key of moved) {
      const [one, other] = await Promise.all([
        awake.add(job, 1, { unique: { key } }),
        asleep.add(job, 1, { unique: { key } }),
      ]);
      expect(one.id).to.equal(other.id);
      expect([one.created, other.created].filter(Boolean)).to.have.length(1);
    }
    for (const name of shardNames(queue, SHARDS)) await writeField(place, name, { record: later, fence: 0 });
    for (const key of moved)
      for (const producer of [awake, asleep, new Producer({ client })])
        expect((await producer.add(job, 1, { unique: { key } })).created).to.equal(false);
  });

  it('costs a queue without shards nothing: nothing is asked', async () => {
    const asked = listenToCommands(redis.port, 'bq');
    try {
      const isHeard = async (): Promise<boolean> => {
        await client.exists('bq:heard:at');
        return asked.of('heard') > 0;
      };
      await until(isHeard, 'commands were heard');
      asked.forget();
      const plain = defineJob({ type: 'job', queue: testQueueName(), schema: z.unknown() });
      const fresh = new Producer({ client });
      for (let at = 0; at < 50; at++) await fresh.add(plain, at);
      await until(() => asked.of(plain.queue) === 50, 'all adds were seen');
      expect(asked.of('{')).to.equal(0);
    } finally {
      asked.close();
    }
  });
});
