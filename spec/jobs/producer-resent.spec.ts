import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient, untilKnown } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('an add whose reply was lost, and which the connection sends again', () => {
  let proxy: TcpProxy;
  let client: RedisClient;
  let direct: RedisClient;
  let producer: Producer;
  let queue: string;
  const Mail = (): ReturnType<typeof defineJob<number, number>> =>
    defineJob({ type: 'mail.send', queue, schema: z.number() });

  beforeEach(async () => {
    queue = testQueueName();
    const target = new URL(redisUrl());
    proxy = await startProxy(Number(target.port));
    const through = new URL(redisUrl());
    through.port = String(proxy.port);
    client = connect(parseRedisUrl(through.href), 'requests', { log: silentLog });
    direct = connect(parseRedisUrl(redisUrl()), 'requests', { log: silentLog });
    await untilKnown(client);
    producer = new Producer({ client });
  });

  afterEach(async () => {
    await Promise.all([client, direct].map(closeClient));
    await proxy.close();
  });

  /** Adds while replies are lost; before the connection sends again, the jobs become what `change` makes of them. */
  async function lost<T>(add: () => Promise<T>, count: number, change: () => Promise<unknown>): Promise<T> {
    proxy.dropReplies(true);
    const adding = add();
    await until(async () => (await direct.hlen(`bq:${queue}:jobs`)) === count, 'Redis has the jobs');
    await change();
    proxy.dropReplies(false);
    proxy.cut();
    return adding;
  }

  /** What a worker leaves of a job that it keeps. */
  async function rewriteAll(): Promise<void> {
    const records = await direct.hgetall(`bq:${queue}:jobs`);
    for (const [id, record] of Object.entries(records))
      await direct.hset(`bq:${queue}:jobs`, id, record.replace('"created"', '"succeeded"'));
  }

  it('has created its job', async () => {
    const { created } = await lost(
      () => producer.add(Mail(), 1),
      1,
      async () => {},
    );

    expect(created).to.equal(true);
    expect(await direct.llen(`bq:${queue}:waiting`)).to.equal(1);
  });

  it('has created its job when that has changed meanwhile', async () => {
    const { created, state } = await lost(() => producer.add(Mail(), 1), 1, rewriteAll);

    expect([created, state]).to.deep.equal([true, 'waiting']);
    expect(await direct.llen(`bq:${queue}:waiting`)).to.equal(1);
  });

  it('has created all its jobs when they have changed meanwhile', async () => {
    const added = await lost(() => producer.addMany(Mail(), [1, 2, 3]), 3, rewriteAll);

    expect(added.map(({ created }) => created)).to.deep.equal([true, true, true]);
    expect(await direct.llen(`bq:${queue}:waiting`)).to.equal(3);
  });

  it('has not created the job of its id that was there before', async () => {
    await producer.add(Mail(), 1, { id: 'order 17' });

    const { created } = await lost(() => producer.add(Mail(), 2, { id: 'order 17' }), 1, rewriteAll);

    expect(created).to.equal(false);
  });
});
