import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { modelRuns } from '../support/model-runs.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
/** In the long run ten thousand. */
const MANY = modelRuns(10_000);
const DRAIN_LIMIT_MS = 60_000;

describe('priorities over several worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let client: RedisClient;
  let prefix: string;
  let workers: SpecProcess[];

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    prefix = `spec-${randomUUID()}`;
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ exit }) => exit));
    await closeClient(client);
  });

  const orderKey = () => `${prefix}-order`;
  const fill = async (counts: Record<string, number>): Promise<void> => {
    const producer = new Producer({ client, prefix });
    for (const [queue, count] of Object.entries(counts)) {
      await producer.addMany(defineJob({ type: queue, queue, schema: z.any() }), Array(count).fill(1));
    }
    await producer.close();
  };
  const hire = async (queues: Record<string, number>, isStrict: boolean): Promise<void> => {
    const worker = await startProgram('spec/support/order-worker.ts', {
      REDIS_URL: redisUrl(),
      QUEUE_PREFIX: prefix,
      QUEUES: JSON.stringify(queues),
      STRICT: String(isStrict),
      ORDER_KEY: orderKey(),
    });
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
  };
  /** The queues of the first `count` jobs, in the order in which they began. */
  const begun = async (count: number): Promise<string[]> => {
    const enough = async () => (await client.llen(orderKey())) >= count;
    await until(enough, `${count} jobs have begun`, DRAIN_LIMIT_MS);
    return client.lrange(orderKey(), 0, count - 1);
  };

  it(`keep weights 6:3:1 within 5 points over ${MANY} jobs while all queues are full`, async () => {
    const weights = { high: 6, middle: 3, low: 1 };
    await fill({ high: MANY, middle: MANY, low: MANY });

    await Promise.all([hire(weights, false), hire(weights, false)]);

    const order = await begun(MANY);
    const percentOf = (queue: string) => (100 * order.filter((one) => one === queue).length) / MANY;
    expect(percentOf('high')).to.be.closeTo(60, 5);
    expect(percentOf('middle')).to.be.closeTo(30, 5);
    expect(percentOf('low')).to.be.closeTo(10, 5);
  });

  it('empty the higher queue first when they are strict', async () => {
    await fill({ high: 3_000, low: 1_000 });

    await Promise.all([hire({ high: 1, low: 1 }, true), hire({ high: 1, low: 1 }, true)]);

    const order = await begun(4_000);
    // One of the two may have the last of the higher queue in its hands while the other finds it empty.
    expect(order.indexOf('low')).to.be.above(2_500);
  });

  it('ask an empty queue for nothing while another is worked off', async () => {
    const asked: string[] = [];
    const monitor = await (client as Redis).monitor();
    const empty = `${prefix}:empty:`;
    monitor.on('monitor', (_time: string, args: string[]) => {
      if (args[0] === 'evalsha' && args.some((arg) => arg.startsWith(`${empty}waiting`))) asked.push(args[0]);
    });
    await fill({ full: 3_000 });

    const since = performance.now();
    await hire({ full: 1, empty: 1 }, false);
    await begun(3_000);
    const seconds = (performance.now() - since) / 1_000;
    monitor.disconnect();

    // The first look, and the looks for dead workers once a second; not one for each of some hundred batches.
    expect(asked.length).to.be.within(1, 20 + 2 * seconds);
  });
});
