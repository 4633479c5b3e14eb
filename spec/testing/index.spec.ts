import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import {
  createInspector,
  createProducer,
  createWorker,
  DiscardJob,
  defineJob,
  handle,
  type Inspector,
  type Producer,
  type Worker,
} from '../../lib/index.ts';
import { startTestRedis, type TestRedis, testQueueName, untilFinished } from '../../lib/testing/index.ts';

describe('the testing library', () => {
  describe('startTestRedis', () => {
    it('starts an empty Redis of its own', async () => {
      const [one, other] = await Promise.all([startTestRedis(), startTestRedis()]);
      const client = new Redis(one.url);

      const keys = await client.dbsize();

      await client.quit();
      await Promise.all([one.stop(), other.stop()]);
      expect(keys).to.equal(0);
      expect(one.url)
        .to.match(/^redis:\/\/127\.0\.0\.1:\d+$/)
        .and.not.equal(other.url);
    });

    it('ends it with stop, which is harmless twice', async () => {
      const redis = await startTestRedis();

      await redis.stop();
      await redis.stop();

      const client = new Redis(redis.url, { lazyConnect: true, retryStrategy: null });
      client.on('error', () => {});
      expect(await rejection(client.connect())).to.be.instanceOf(Error);
    });
  });

  describe('testQueueName', () => {
    it('makes a name that a queue can have, another each time', () => {
      const names = new Set(Array.from({ length: 1_000 }, testQueueName));

      expect(names).to.have.length(1_000);
      for (const queue of names) defineJob({ type: 'test', queue, schema: z.any() });
    });
  });

  describe('untilFinished', () => {
    const Test = defineJob({ type: 'test', queue: testQueueName(), schema: z.enum(['end', 'discard']) });
    let redis: TestRedis;
    let producer: Producer;
    let inspector: Inspector;
    let worker: Worker;

    before(async () => {
      redis = await startTestRedis();
      producer = createProducer({ redis: redis.url });
      inspector = createInspector({ redis: redis.url });
      const run = handle(Test, (how) => {
        if (how === 'discard') throw new DiscardJob('as asked');
        return 'done';
      });
      worker = createWorker({ redis: redis.url, handlers: [run] });
      await worker.start();
    });

    after(async () => {
      await worker.stop();
      await Promise.all([producer.close(), inspector.close()]);
      await redis.stop();
    });

    it('resolves with a job that succeeded', async () => {
      const { id } = await producer.add(Test, 'end');

      const job = await untilFinished(inspector, Test.queue, id);

      expect(job).to.include({ id, state: 'succeeded', outcome: 'succeeded', result: 'done' });
    });

    it('resolves with a job that failed for good', async () => {
      const { id } = await producer.add(Test, 'discard');

      const job = await untilFinished(inspector, Test.queue, id);

      expect(job).to.include({ state: 'failed', outcome: 'discarded' });
      expect(job.errors[0]).to.include({ message: 'as asked' });
    });

    it('rejects when a job does not end in time, saying what it is in', async () => {
      const { id } = await producer.add(Test, 'end', { delayMs: 3_600_000 });

      const error = await rejection(untilFinished(inspector, Test.queue, id, { timeoutMs: 20 }));

      expect(error).to.have.property('code', 'WAIT_TIMED_OUT');
      expect(error)
        .to.have.property('message')
        .that.matches(/did not end within 20 ms: it is delayed: it is delayed until /)
        .and.includes(`job ${id} of queue ${Test.queue}`);
    });

    it('rejects when there is no such job', async () => {
      const error = await rejection(untilFinished(inspector, Test.queue, 'none', { timeoutMs: 20 }));

      const message = `job none of queue ${Test.queue} did not end within 20 ms: it does not exist: queue ${Test.queue} has no such job`;
      expect(error).to.include({ code: 'JOB_NOT_FOUND', message });
    });
  });
});

/** What a promise is rejected with; null when it is fulfilled. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}
