import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardName, shardOf } from '../../lib/shards/route.ts';
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
    await giveShards({ client }, queue, { shards: SHARDS, served: SHARDS, ever: SHARDS, before: [2, 1] });
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

  it('goes to the first where the record is none', async () => {
    for (const nonsense of [
      '',
      '{',
      'null',
      '{"shards":9}',
      '{"shards":2,"served":1,"ever":1,"before":[]}',
      '[]',
    ]) {
      await client.hset(shardKeys('bq').records, queue, nonsense);
      const { id } = await new Producer({ client }).add(job, 1);
      expect(await shardsWith([id])).to.deep.equal([0]);
    }
  });

  it('goes to the first where that key is of another type', async () => {
    await client.del(shardKeys('bq').records);
    await client.set(shardKeys('bq').records, 'nonsense');
    const { id } = await new Producer({ client }).add(job, 1);
    expect(await shardsWith([id])).to.deep.equal([0]);
  });

  it('asks for the shards once and no more, in a queue that has none', async () => {
    const asked = listenToCommands(redis.port, 'bq');
    try {
      const isHeard = async (): Promise<boolean> => {
        await client.exists('bq:heard:at');
        return asked.of('heard') > 0;
      };
      await until(isHeard, 'commands were heard');
      const plain = defineJob({ type: 'job', queue: testQueueName(), schema: z.unknown() });
      const fresh = new Producer({ client });
      await fresh.add(plain, 1);
      await until(() => asked.of('{') === 1 && asked.of(plain.queue) > 0, 'the first add was seen');
      asked.forget();
      for (let at = 0; at < 50; at++) await fresh.add(plain, at);
      await until(() => asked.of(plain.queue) === 50, 'all adds were seen');
      expect(asked.of('{')).to.equal(0);
    } finally {
      asked.close();
    }
  });
});
