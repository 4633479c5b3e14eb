import { expect } from 'chai';
import { z } from 'zod';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardOf } from '../../lib/shards/route.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';
import { patiently, until } from '../support/wait.ts';

const SHARDS = 3;

interface Work {
  shard: number;
  ms: number;
}

describe('the limits of a queue with shards', function () {
  this.timeout(patiently(180_000));
  let redis: SpecRedis;
  let client: RedisClient;
  let inspector: Inspector;
  let queue: string;
  let job: JobDefinition<Work, unknown>;
  let producer: Producer;
  const workers: SpecProcess[] = [];

  before(async () => {
    redis = await startRedis({ appendOnly: false });
  });
  after(() => redis.stop());

  beforeEach(async () => {
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    inspector = new Inspector({ client });
    queue = testQueueName();
    job = defineJob({ type: 'job', queue, schema: z.object({ shard: z.number(), ms: z.number() }) });
    producer = new Producer({ client });
    await giveShards({ client }, queue, SHARDS);
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
    await client.hdel(shardKeys('bq').records, queue);
    await closeClient(client);
  });

  const evidence = (): string => `evidence:${queue}`;
  const hire = async (): Promise<SpecProcess> => {
    const worker = await startProgram('spec/support/balance-worker.ts', {}, [redis.url, queue, evidence()]);
    workers.push(worker);
    await worker.waitForLine(/^ready/);
    return worker;
  };
  /** Kills it at once; what it ran runs no more. */
  const kill = async (worker: SpecProcess): Promise<void> => {
    const [, pid] = (await worker.waitForLine(/^ready/)).split(' ');
    worker.kill('SIGKILL');
    await worker.exit;
    await client.rpush(evidence(), `${pid} dies -`);
  };
  const load = (shard: number, count: number, ms: number): Promise<unknown> => {
    const keys = Array.from({ length: 100 }, (_, at) => `key-${at}`);
    const key = keys.find((one) => shardOf(one, SHARDS) === shard) ?? '';
    const jobs = Array.from({ length: count }, () => ({ shard, ms }));
    return Promise.all(jobs.map((one) => producer.add(job, one, { key })));
  };
  const holder = (): Promise<string | null> => client.hget(shardKeys('bq').turn(queue), 'holder');

  /** What ran at a time, as the handlers tell it: in each shard now, in all at most, and at most in each of late. */
  const ran = async (): Promise<{ now: number[]; most: number; ended: number }> => {
    const running = new Map<string, number[]>();
    let [most, ended] = [0, 0];
    for (const line of await client.lrange(evidence(), 0, -1)) {
      const [pid = '', what, shard] = line.split(' ');
      const own = running.get(pid) ?? Array.from({ length: SHARDS }, () => 0);
      running.set(pid, what === 'dies' ? own.fill(0) : own);
      if (what === 'begins') own[Number(shard)] = (own[Number(shard)] ?? 0) + 1;
      if (what === 'ends') own[Number(shard)] = (own[Number(shard)] ?? 0) - 1;
      if (what === 'ends') ended++;
      most = Math.max(most, sum([...running.values()].flat()));
    }
    const now = Array.from({ length: SHARDS }, (_, at) =>
      sum([...running.values()].map((own) => own[at] ?? 0)),
    );
    return { now, most, ended };
  };
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  const runs = (shard: number, least: number): Promise<unknown> =>
    until(
      async () => ((await ran()).now[shard] ?? 0) >= least,
      `${least} jobs of shard ${shard} run`,
      60_000,
    );

  it('go where the jobs wait, never exceed the whole, and are shared out whoever dies', async () => {
    const most = 10;
    await inspector.limits.set(queue, { concurrency: most }, 'spec');
    const first = await hire();
    await until(async () => (await holder()) !== null, 'it shares them out');
    const before = await holder();
    await hire();
    await load(1, 150, 400);
    await runs(1, 8);
    await load(2, 150, 400);
    await runs(2, 4);
    await kill(first);
    await load(0, 100, 400);
    await runs(0, 3);
    expect(await holder()).to.not.equal(before);
    await until(async () => (await ran()).ended >= 400, 'all had run', 120_000);
    expect((await ran()).most).to.be.within(8, most);
  });

  it('work where they are fewer than the shards', async () => {
    await inspector.limits.set(queue, { concurrency: 1 }, 'spec');
    await hire();
    await Promise.all([load(0, 40, 100), load(1, 40, 100), load(2, 40, 100)]);
    for (const shard of [0, 1, 2])
      await until(async () => ((await ran()).now[shard] ?? 0) > 0, `jobs of shard ${shard} run`, 60_000);
    expect((await ran()).most).to.equal(1);
  });

  it('give the whole rate to the shard where the jobs wait', async () => {
    await inspector.limits.set(queue, { rate: { count: 6, perMs: 1_000, burst: 6 } }, 'spec');
    const worker = await hire();
    await until(async () => (await holder()) !== null, 'it shares them out');
    await load(1, 60, 1);
    await until(async () => (await ran()).ended === 60, 'all had run', 60_000);
    expect((await inspector.queue(queue)).counts.succeeded).to.equal(60);
    await kill(worker);
  });
});
