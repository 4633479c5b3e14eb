import { expect } from 'chai';
import { z } from 'zod';
import { createProducer } from '../../lib/index.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';

describe('closing a Producer', () => {
  let client: RedisClient;
  let queue: string;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
  });
  afterEach(() => closeClient(client));

  const noteOf = (schema: z.ZodType<string> = z.string()) =>
    defineJob({ type: 'note', queue, schema, group: {} });
  const stored = () => client.hlen(`bq:${queue}:jobs`);
  const outcomeOf = (one: Promise<unknown>): Promise<unknown> =>
    one.then(
      () => 'done',
      (error) => error.code,
    );

  for (const isReady of [false, true]) {
    it(`finishes what is under way ${isReady ? '' : 'before the connection is there'}`, async () => {
      const note = noteOf();
      const slow = noteOf(
        z.string().refine(async () => new Promise((resolve) => setImmediate(resolve, true))),
      );
      const producer = createProducer({ redis: redisUrl() });
      if (isReady) await producer.add(note, 'first');

      const adding = [
        producer.add(note, 'a'),
        producer.add(slow, 'b'),
        producer.addMany(note, ['c', 'd']),
        producer.add(note, 'e', { unique: { key: 'e' } }),
        producer.addRaw({ type: 'note', queue, data: 'f', options: {} }),
        producer.addChain([jobFor(slow, 'g'), jobFor(note, 'h')]),
        producer.addBatch({ jobs: [jobFor(note, 'i')], last: jobFor(note, 'j') }),
        producer.as('another').add(note, 'k'),
        producer.add(note, 'l', { group: 'g' }),
      ];
      const closing = producer.close();
      const late = outcomeOf(producer.add(note, 'late'));

      expect(await Promise.all(adding.map(outcomeOf))).to.deep.equal(adding.map(() => 'done'));
      await closing;
      expect(await late).to.equal('QUEUE_CLOSED');
      expect(await stored()).to.equal(isReady ? 11 : 10);
    });
  }

  it('refuses every call afterwards, also over a client of the caller', async () => {
    const note = noteOf();
    const producer = new Producer({ client });
    const other = producer.as('other');
    await producer.close();
    await producer.close();

    for (const call of [
      () => producer.add(note, 'a'),
      () => producer.addMany(note, ['a']),
      () => producer.addRaw({ type: 'note', queue, data: 'a', options: {} }),
      () => producer.addChain([jobFor(note, 'a')]),
      () => producer.addBatch({ jobs: [jobFor(note, 'a')], last: jobFor(note, 'b') }),
      () => producer.waitFor({ id: 'a', queue }, { timeoutMs: 1_000 }),
      () => producer.schedules.put(note, { name: 's', everyMs: 1_000, data: 'x' }),
      () => producer.schedules.putRaw({ type: 'note', queue, name: 's', everyMs: 1_000, data: 'x' }),
      () => producer.schedules.pause(queue, 's', 'ada'),
      () => producer.schedules.resume(queue, 's'),
      () => producer.schedules.remove(queue, 's'),
      () => other.add(note, 'a'),
    ]) {
      expect(await outcomeOf(call()), `${call}`).to.equal('QUEUE_CLOSED');
    }
    expect(await client.keys(`bq:${queue}:*`)).to.deep.equal([]);
  });

  describe('while Redis does not answer', () => {
    let proxy: TcpProxy;

    beforeEach(async () => {
      proxy = await startProxy(Number(new URL(redisUrl()).port));
    });
    afterEach(() => proxy.close());

    it('gives up after a while with a clear error, and leaves nothing open', async () => {
      const own = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
      const producer = new Producer({ client: own, close: () => closeClient(own) });
      const note = noteOf();
      await producer.add(note, 'first');
      proxy.refuse(true);
      proxy.cut();

      const adding = [producer.add(note, 'a'), producer.addMany(note, ['b', 'c']), producer.add(note, 'd')];
      const outcomes = Promise.all(adding.map(outcomeOf));
      await producer.close();

      expect(await outcomes).to.deep.equal(adding.map(() => 'REDIS_UNAVAILABLE'));
      expect(await stored()).to.equal(1);
    });

    it('fails thousands that were added at once one by one, and nobody is left without an answer', async () => {
      const own = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'requests', { log: silentLog });
      const producer = new Producer({ client: own, close: () => closeClient(own) });
      const note = noteOf();
      await producer.add(note, 'first');
      proxy.hang(true);

      const many = producer.addMany(
        note,
        Array.from({ length: 10_000 }, () => 'x'),
      );
      const after = producer.add(note, 'after');
      const outcomes = Promise.all([outcomeOf(many), outcomeOf(after)]);
      proxy.refuse(true);
      proxy.cut();

      expect(await outcomes).to.deep.equal(['REDIS_UNAVAILABLE', 'REDIS_UNAVAILABLE']);
      await producer.close();
    });
  });
});
