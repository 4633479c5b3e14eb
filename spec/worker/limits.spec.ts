import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { buryWorkers } from '../support/burial.ts';
import { silentLog } from '../support/log.ts';
import { modelRuns } from '../support/model-runs.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
const WAIT_LIMIT_MS = 40_000;
const QUEUE = 'gauged';
/** Jobs of one key that wait, and keys that have jobs. */
const MANY = modelRuns(100_000);
const KEYS = modelRuns(10_000);

/** What a worker wrote down. */
type Entry = [what: 'begin' | 'end', pid: number, id: string, key: string, at: number];

describe('limits over several worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let client: RedisClient;
  let prefix: string;
  let producer: Producer;
  let inspector: Inspector;
  let workers: SpecProcess[];

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    prefix = `spec-${randomUUID()}`;
    producer = new Producer({ client, prefix });
    inspector = new Inspector({ client, prefix });
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ exit }) => exit));
    await closeClient(client);
  });

  const gauge = defineJob({
    type: 'gauge',
    queue: QUEUE,
    schema: z.object({ key: z.string(), forMs: z.number() }),
  });
  const add = async (key: string, count: number, forMs: number): Promise<void> => {
    await producer.addMany(gauge, Array(count).fill({ key, forMs }), { key });
  };
  const hire = async (concurrency = 10): Promise<SpecProcess> => {
    const worker = await startProgram('spec/support/gauge-worker.ts', {
      REDIS_URL: redisUrl(),
      QUEUE_PREFIX: prefix,
      QUEUE,
      CONCURRENCY: String(concurrency),
    });
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
    return worker;
  };
  const entries = async (): Promise<Entry[]> =>
    (await client.lrange(`${prefix}-gauge`, 0, -1)).map((text) => JSON.parse(text) as Entry);
  const ended = async (): Promise<Set<string>> =>
    new Set((await entries()).flatMap(([what, , id]) => (what === 'end' ? [id] : [])));
  const untilEnded = (count: number): Promise<void> =>
    until(async () => (await ended()).size >= count, `${count} jobs have ended`, WAIT_LIMIT_MS);
  const lastBegun = async (): Promise<number> =>
    Math.max(...(await entries()).flatMap(([what, , , , at]) => (what === 'begin' ? [at] : [])));
  const redisNow = async (): Promise<number> => {
    const [seconds, micros] = await client.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  };
  /** How many jobs ran at a time at most, of those that count. */
  const peak = (all: readonly Entry[], counts: (entry: Entry) => boolean): number => {
    let running = 0;
    let most = 0;
    for (const entry of all.filter(counts)) {
      running += entry[0] === 'begin' ? 1 : -1;
      most = Math.max(most, running);
    }
    return most;
  };

  it('run no more of a key at a time than it may, and other keys beside it', async () => {
    await inspector.limits.set(QUEUE, { perKey: { concurrency: 2 } }, 'spec');
    await Promise.all([hire(), hire(), hire()]);

    for (const key of ['a', 'b', 'c']) await add(key, 30, 10);
    await untilEnded(90);

    const all = await entries();
    for (const key of ['a', 'b', 'c']) expect(peak(all, (entry) => entry[3] === key)).to.equal(2);
    expect(peak(all, () => true)).to.be.above(2);
  });

  for (const [whose, limits] of [
    ['its keys', { perKey: { concurrency: 2 } }],
    ['its queue', { concurrency: 2 }],
  ] as const) {
    it(`give the slots of a killed worker back to ${whose}`, async () => {
      await inspector.limits.set(QUEUE, limits, 'spec');
      const victim = await hire();
      await add('a', 2, 2_000);
      await until(async () => (await entries()).length === 2, 'both slots are taken');
      await add('a', 20, 5);

      victim.kill('SIGKILL');
      await victim.exit;
      await hire();
      await buryWorkers(client, queueKeys(prefix, QUEUE, false));
      await untilEnded(22);

      const alive = (await entries()).filter(([, pid]) => pid !== victim.pid);
      expect(peak(alive, () => true)).to.equal(2);
      expect(new Set(alive.map(([, , id]) => id)).size).to.equal(22);
    });
  }

  it('run no more of a queue at a time than it may', async () => {
    await inspector.limits.set(QUEUE, { concurrency: 3 }, 'spec');
    await Promise.all([hire(), hire()]);

    await add('a', 60, 10);
    await untilEnded(60);

    expect(peak(await entries(), () => true)).to.equal(3);
  });

  it('begin no more in a time than the rate of the queue allows', async () => {
    const [count, intervalMs] = [40, 20];
    await inspector.limits.set(QUEUE, { rate: { count: 50, perMs: 1_000, burst: 1 } }, 'spec');
    await Promise.all([hire(), hire()]);

    const addedAt = await redisNow();
    await add('a', count, 0);
    await untilEnded(count);

    // None may have begun before, however late it was in writing itself down.
    expect((await lastBegun()) - addedAt).to.be.at.least((count - 1) * intervalMs);
  });

  it('go on at their rate when a worker is killed', async () => {
    await inspector.limits.set(QUEUE, { perKey: { rate: { count: 20, perMs: 1_000, burst: 1 } } }, 'spec');
    const victim = await hire();
    await hire();
    const addedAt = await redisNow();
    await add('a', 40, 0);
    await untilEnded(10);

    victim.kill('SIGKILL');
    await untilEnded(40);

    expect((await lastBegun()) - addedAt).to.be.at.least(39 * 50);
  });

  it(`let another key pass ${MANY} jobs of one that may run no more, at no cost per job`, async () => {
    await inspector.limits.set(QUEUE, { perKey: { concurrency: 1 } }, 'spec');
    await Promise.all([hire(), hire()]);
    await add('a', 1, 60_000);
    await until(async () => (await entries()).length === 1, 'the only slot of the key is taken');
    await add('a', MANY, 0);

    await add('b', 1, 0);
    await untilEnded(1);

    const commands = await commandsOf(async () => {
      await add('b', 1, 0);
      await untilEnded(2);
    });
    const all = await entries();
    expect(all.filter(([, , , key]) => key === 'a')).to.have.length(1);
    expect(await inspector.queue(QUEUE)).to.have.nested.property('counts.waiting', MANY);
    // One that cost anything per blocked job would be at it as many times.
    expect(commands).to.be.below(2_000);
  });

  const commandsOf = async (act: () => Promise<void>): Promise<number> => {
    const processed = async (): Promise<number> =>
      Number(/lpush:calls=(\d+)/.exec(await (client as Redis).info('commandstats'))?.[1] ?? 0) +
      Number(/cmdstat_rpop:calls=(\d+)/.exec(await (client as Redis).info('commandstats'))?.[1] ?? 0) +
      Number(/cmdstat_hmget:calls=(\d+)/.exec(await (client as Redis).info('commandstats'))?.[1] ?? 0);
    const before = await processed();
    await act();
    return (await processed()) - before;
  };

  it('let a key with 10 jobs behind one with 20,000 be done within a few rounds, when fair', async () => {
    await inspector.limits.set(QUEUE, { fair: true }, 'spec');
    await add('a', 20_000, 0);
    await add('b', 10, 0);

    const victim = await hire();
    await hire();
    await until(async () => (await entries()).length > 20, 'they have begun', WAIT_LIMIT_MS);
    victim.kill('SIGKILL');
    const ofB = async () =>
      (await entries()).filter(([what, , , key]) => what === 'end' && key === 'b').length;
    await until(async () => (await ofB()) >= 10, 'the small key is done', WAIT_LIMIT_MS);

    const begun = (await entries()).filter(([what]) => what === 'begin');
    const lastOfB = begun.findLastIndex(([, , , key]) => key === 'b');
    // Ten of each in turn, and what two workers have in hand beside.
    expect(lastOfB).to.be.below(200);
  });

  it('are changed while workers run', async () => {
    await inspector.limits.set(QUEUE, { concurrency: 1 }, 'spec');
    await Promise.all([hire(), hire()]);
    await add('a', 10, 5);
    await untilEnded(5);

    await inspector.limits.lift(QUEUE, 'spec');
    await untilEnded(10);
    await add('a', 40, 50);
    await untilEnded(50);

    expect(peak((await entries()).slice(0, 10), () => true)).to.equal(1);
    expect(peak(await entries(), () => true)).to.be.above(5);
    expect(await inspector.limits.get(QUEUE)).to.equal(null);
  });

  it(`leave nothing of ${KEYS} keys behind when their jobs, ten of each, have ended`, async () => {
    await inspector.limits.set(
      QUEUE,
      { perKey: { concurrency: 2, rate: { count: 1_000, perMs: 1 } } },
      'spec',
    );
    const light = defineJob({ type: 'light', queue: QUEUE, schema: z.number() });
    await Promise.all([hireLight(), hireLight()]);

    for (let key = 0; key < KEYS; key += 100) {
      const keys = Array.from({ length: 100 }, (_, n) => `tenant-${key + n}`);
      await Promise.all(keys.map((name) => producer.addMany(light, Array(10).fill(0), { key: name })));
    }
    const open = async (): Promise<number> => {
      const { waiting, active } = (await inspector.queue(QUEUE)).counts;
      return waiting + active;
    };
    await untilNoneOpen(open, WAIT_LIMIT_MS);

    const keys = queueKeys(prefix, QUEUE, false);
    const owned = () => client.exists(keys.busy, keys.slots, keys.turns, keys.pending, keys.front);
    await until(async () => (await owned()) === 0, 'what was kept per key is gone');
    const names = await client.keys(`${prefix}:${QUEUE}:*`);
    const kinds = new Set(names.map((name) => name.split(':')[2]));
    expect([...kinds].sort()).to.deep.equal(
      ['meta', 'rates', 'samples', 'stallBlock', 'stats', 'timedTypes', 'times', 'workers'].filter((kind) =>
        kinds.has(kind),
      ),
    );
    expect(await client.hlen(keys.jobs)).to.equal(0);
  });

  const hireLight = async (): Promise<void> => {
    const worker = await startProgram('spec/support/light-worker.ts', {
      REDIS_URL: redisUrl(),
      QUEUE_PREFIX: prefix,
      QUEUE,
    });
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
  };
});
