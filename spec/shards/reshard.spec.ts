import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { commandOf, defineScripts } from '../../lib/engine/scripts.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobDefinition } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { createWorker } from '../../lib/open.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { type Resharded, type ReshardOrder, reshard } from '../../lib/shards/reshard.ts';
import { shardNames } from '../../lib/shards/route.ts';
import { readField, writeField } from '../../lib/shards/shard-field.ts';
import { spreadOver } from '../../lib/shards/shard-record.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { silentLog } from '../support/log.ts';
import { startProgram } from '../support/process.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';
import { idsByShard, recordOf } from '../support/shards.ts';
import { patiently, until } from '../support/wait.ts';

describe('a change of the shards of a queue', function () {
  this.timeout(patiently(120_000));
  let redis: SpecRedis;
  let client: RedisClient;
  let queue: string;
  let job: JobDefinition<number, number>;
  let producer: Producer;
  const workers: Worker[] = [];

  before(async () => {
    redis = await startRedis({ appendOnly: false });
  });
  after(() => redis.stop());

  beforeEach(() => {
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    queue = testQueueName();
    job = defineJob({ type: 'job', queue, schema: z.number() });
    producer = new Producer({ client });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await closeClient(client);
  });

  const change = (order: Omit<ReshardOrder, 'queue'>, hearingMs = 50): Promise<Resharded> =>
    reshard({ client, prefix: 'bq', clock: systemClock, hearingMs }, { queue, ...order });
  const work = async (run: (data: number) => unknown): Promise<void> => {
    const worker = createWorker({ redis: redis.url, handlers: [handle(job, run)] });
    workers.push(worker);
    await worker.start();
  };
  const counts = async (shards: number): Promise<number[]> =>
    (await idsByShard({ client }, queue, shards)).map(({ length }) => length);

  it('grows by serving first and spreading after that, and loses nothing that is added meanwhile', async () => {
    const ran = new Set<number>();
    await work((data) => void ran.add(data));
    const steps: string[] = [];
    let added = 0;
    let isChanging = true;
    const adding = (async () => {
      while (isChanging || added < 500) await producer.add(job, added++);
    })();
    expect(await change({ shards: 4, onStep: (step) => steps.push(step) }, 6_000)).to.include({
      shards: 4,
      done: true,
    });
    isChanging = false;
    await adding;
    expect(steps).to.deep.equal(['has workers serve 4 shards', 'spreads new jobs over 4 shards']);
    await until(() => ran.size === added, 'all had run');
    expect(await recordOf({ client }, queue)).to.deep.equal({
      change: 1,
      shards: 4,
      served: 4,
      ever: 4,
      before: [1],
    });
  });

  it('shrinks by spreading over fewer, and lets go of the others when they are worked off', async () => {
    await change({ shards: 4 });
    await new Producer({ client }).addMany(
      job,
      Array.from({ length: 100 }, (_, at) => at),
    );
    const early = await change({ shards: 2, patienceMs: 1 });
    expect(early).to.deep.equal({ queue, shards: 2, served: 4, done: false });
    const before = await counts(4);
    await new Producer({ client }).addMany(
      job,
      Array.from({ length: 100 }, (_, at) => 100 + at),
    );
    const after = await counts(4);
    expect(after.slice(2)).to.deep.equal(before.slice(2));
    const ran = new Set<number>();
    await work((data) => void ran.add(data));
    expect(await change({ shards: 2 })).to.deep.equal({ queue, shards: 2, served: 2, done: true });
    await until(() => ran.size === 200, 'all had run');
    expect(await new Inspector({ client }).queue(queue)).to.have.nested.property('counts.succeeded', 200);
  });

  it('carries the pause to new shards, and splits the limits anew', async () => {
    const inspector = new Inspector({ client });
    await inspector.pause(queue, 'spec');
    await inspector.limits.set(queue, { concurrency: 8 }, 'spec');
    await change({ shards: 4 });
    for (const name of [queue, `${queue}~1`, `${queue}~3`]) {
      expect(await client.hget(queueKeys('bq', name, false).meta, 'paused')).to.be.a('string');
      const limits = JSON.parse((await client.hget(queueKeys('bq', name, false).meta, 'limits')) ?? '');
      expect(limits.limits.concurrency).to.equal(2);
    }
    await change({ shards: 1 });
    expect((await new Inspector({ client }).limits.get(queue))?.limits.concurrency).to.equal(8);
  });

  for (const step of ['has workers serve', 'spreads new jobs', 'waits until']) {
    it(`goes on where it was killed as it ${step}`, async () => {
      const shrinks = step === 'waits until';
      if (shrinks) await change({ shards: 4 });
      if (shrinks)
        await new Producer({ client }).addMany(
          job,
          Array.from({ length: 50 }, (_, at) => at),
        );
      const aim = shrinks ? '2' : '4';
      const killed = await startProgram('spec/support/reshard-process.ts', {}, [redis.url, queue, aim]);
      await killed.waitForLine(new RegExp(step));
      killed.kill('SIGKILL');
      await killed.exit;
      // Its lock ends by itself within half a minute.
      await client.del(shardKeys('bq').lock(queue));
      const ran = new Set<number>();
      await work((data) => void ran.add(data));
      await new Producer({ client }).addMany(
        job,
        Array.from({ length: 50 }, (_, at) => 100 + at),
      );
      expect(await change({ shards: Number(aim) })).to.include({ shards: Number(aim), done: true });
      await until(() => ran.size === (shrinks ? 100 : 50), 'all had run');
    });
  }

  it('tells all shards of the number again where it was stopped as it told some', async () => {
    await change({ shards: 4 });
    const record = await recordOf({ client }, queue);
    if (!record) throw new Error('there is no record');
    const place = { client, prefix: 'bq' };
    const next = spreadOver(record, 2);
    await client.hset(shardKeys('bq').records, queue, JSON.stringify(next));
    await writeField(place, queue, { record: next, fence: 1 });
    await change({ shards: 2 });
    const told = await Promise.all(shardNames(queue, 4).map((name) => readField(place, name)));
    expect(told.map((one) => one?.change)).to.deep.equal([2, 2, 2, 2]);
  });

  it('writes nothing old where it was paused for longer than its lock is held', async () => {
    await change({ shards: 4 });
    const paused = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    defineScripts(paused);
    let goesOn = (): void => undefined;
    const isToGoOn = new Promise<void>((resolve) => {
      goesOn = resolve;
    });
    const { name, command } = commandOf(paused, 'tell-shards');
    let isPaused = false;
    Object.assign(paused, {
      [name]: async (...given: Parameters<typeof command>): Promise<unknown> => {
        isPaused = true;
        await isToGoOn;
        return command.apply(paused, given);
      },
    });
    const old = reshard({ client: paused, prefix: 'bq', clock: systemClock }, { queue, shards: 2 });
    await until(() => isPaused, 'it was about to tell a shard');
    // As it ends by itself after half a minute.
    await client.del(shardKeys('bq').lock(queue));
    await change({ shards: 3 });
    goesOn();
    expect((await rejection(old)).message).to.include('another has taken over');
    const told = await Promise.all(
      shardNames(queue, 4).map((one) => readField({ client, prefix: 'bq' }, one)),
    );
    expect(told.map((one) => one?.shards)).to.deep.equal([3, 3, 3, 3]);
    expect((await recordOf({ client }, queue))?.shards).to.equal(3);
    await closeClient(paused);
  });

  it('mends what a shard told that was false, and finds what was added by that', async () => {
    await change({ shards: 2 });
    const believed = { change: 50, shards: 8, served: 8, ever: 8, before: [] };
    await client.hset(queueKeys('bq', queue, false).meta, 'shards', `50 ${JSON.stringify(believed)}`);
    for (let data = 0; data < 40; data++) await producer.add(job, data);
    expect((await counts(8)).slice(2).some((count) => count > 0)).to.equal(true);
    await change({ shards: 2 });
    expect(await recordOf({ client }, queue)).to.include({ change: 51, shards: 2, ever: 8 });
    for (let data = 40; data < 80; data++) await producer.add(job, data);
    const ran = new Set<number>();
    await work((data) => void ran.add(data));
    await until(() => ran.size === 80, 'all had run');
  });

  it('loses nothing, and stores nothing twice, while four producers add and it goes up and down', async () => {
    const ran = new Map<number, number>();
    await work((data) => void ran.set(data, (ran.get(data) ?? 0) + 1));
    const clients = Array.from({ length: 4 }, () =>
      connect(parseRedisUrl(redis.url), 'commands', { log: silentLog }),
    );
    const producers = clients.map((one) => new Producer({ client: one }));
    const created: number[] = [];
    let isChanging = true;
    let nth = 0;
    const add = async (own: Producer, at: number): Promise<void> => {
      while (isChanging) {
        const data = nth++;
        // All four ask for the same ids and keys again and again.
        const same = Math.floor(data / 16);
        const options = [
          { id: `id-${same}` },
          { unique: { key: `u-${same}`, ttlMs: 600_000, release: 'ttl' as const } },
          { key: `k-${same % 7}` },
          {},
        ];
        const added = await own.add(job, data, options[(data + at) % 4]);
        if (added.created) created.push(data);
      }
    };
    const adding = producers.map(add);
    for (const shards of [4, 2, 3, 1, 4]) await change({ shards }, 1_000);
    isChanging = false;
    await Promise.all(adding);
    await until(() => ran.size === created.length, 'all had run', 60_000);
    expect([...ran.keys()].sort((a, b) => a - b)).to.deep.equal(created.sort((a, b) => a - b));
    expect([...ran.values()].filter((times) => times > 1)).to.deep.equal([]);
    const ids = (await idsByShard({ client }, queue, 4)).flat();
    expect(new Set(ids).size).to.equal(ids.length);
    const keys = await Promise.all(
      shardNames(queue, 4).map((name) => client.hvals(queueKeys('bq', name, false).uniques)),
    );
    expect(new Set(keys.flat()).size).to.equal(keys.flat().length);
    await Promise.all(clients.map(closeClient));
  });

  it('is refused while another changes the same queue, and for what cannot be', async () => {
    const first = change({ shards: 3 }, 2_000);
    await until(async () => (await client.exists(shardKeys('bq').lock(queue))) === 1, 'the first had begun');
    expect((await rejection(change({ shards: 5 }))).code).to.equal('JOB_STATE_FORBIDS');
    await first;
    for (const shards of [0, -1, 1.5, 65, Number.NaN, Number.POSITIVE_INFINITY])
      expect((await rejection(change({ shards }))).code).to.equal('JOB_INVALID');
    const order = { queue: 'x'.repeat(126), shards: 2 };
    expect((await rejection(reshard({ client, prefix: 'bq', clock: systemClock }, order))).code).to.equal(
      'JOB_INVALID',
    );
  });

  it('is refused where a queue of somebody has the name of a shard', async () => {
    const other = defineJob({ type: 'job', queue: `${queue}~2`, schema: z.number() });
    await producer.add(other, 1);
    expect((await rejection(change({ shards: 4 }))).message).to.include(
      `there is a queue ${queue}~2 with jobs`,
    );
    expect(await recordOf({ client }, queue)).to.equal(null);
  });
});
