import { expect } from 'chai';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { next, SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('A9: the delayed jobs of a Queue', () => {
  let queues: SpecQueues;
  let proxy: TcpProxy;

  beforeEach(async () => {
    queues = new SpecQueues();
    proxy = await startProxy(Number(new URL(redisUrl()).port));
  });

  afterEach(async () => {
    await queues.close();
    await proxy.close();
  });

  it('run in a worker that was not told to activate them', async () => {
    const queue = queues.ours({ getEvents: false });
    const raised = next(queue, 'raised jobs');
    const succeeded = next(queue, 'succeeded');
    queue.process(async () => 'done');

    await queue
      .createJob({})
      .delayUntil(Date.now() + 100)
      .save();

    expect(await raised).to.deep.equal([1]);
    await succeeded;
  });

  it('stay in a worker that was told not to', async () => {
    const queue = queues.ours({ activateDelayedJobs: false, getEvents: false });
    queue.process(async () => 'done');
    await queue
      .createJob('due')
      .delayUntil(Date.now() + 1)
      .save();
    const waiting = next(queue, 'succeeded');
    await queue.createJob('now').save();
    await waiting;

    expect(queue.eclient).to.equal(null);
  });

  it('are activated by a queue that does not process, also those due before it started', async () => {
    const producer = queues.ours({ isWorker: false, getEvents: false });
    await producer
      .createJob({})
      .delayUntil(Date.now() + 20)
      .save();
    await until(
      () => producer.client.zcount(producer.keys.delayed, 0, Date.now()).then((n) => n === 1),
      'it is due',
    );

    const activator = queues.ours({ isWorker: false, activateDelayedJobs: true });

    await until(async () => (await activator.checkHealth()).waiting === 1, 'the job waits');
  });

  it('run when they come back after a retry', async () => {
    const queue = queues.ours();
    queue.process(async (job) => {
      if (job.attempt < 3) throw new Error('not yet');
      return job.attempt;
    });
    const job = queue.createJob({}).retries(5).backoff('exponential', 20);
    const succeeded = next(job, 'succeeded');

    await job.save();

    expect(await succeeded).to.deep.equal([3]);
    expect((await queue.queries.job(job.id ?? ''))?.record.options.backoff?.delay).to.equal(20);
  });

  it('are taken note of while nobody could announce them', async () => {
    const queue = queues.ours({ redis: { port: proxy.port, retryStrategy: () => 20 } });
    const producer = queues.ours({ isWorker: false, getEvents: false });
    queue.process(async () => 'done');
    await next(await queue.createJob({}).save(), 'succeeded');
    await queue
      .createJob('far')
      .delayUntil(Date.now() + 60_000)
      .save();

    proxy.refuse(true);
    proxy.cut();
    await producer
      .createJob('near')
      .delayUntil(Date.now() + 200)
      .save();
    await until(() => queue.eclient?.status === 'reconnecting', 'the connection is away');
    proxy.refuse(false);

    await until(async () => (await producer.checkHealth()).succeeded === 2, 'the near job was done');
  });

  it('have no delay once they are told to start in the past', () => {
    const job = queues.ours({ isWorker: false }).createJob({});

    job.delayUntil(Date.now() + 60_000).delayUntil(Date.now() - 1);

    expect(job.options.delay).to.equal(undefined);
  });
});
