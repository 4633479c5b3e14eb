import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { next, SpecQueues } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('a stock producer', () => {
  let queues: SpecQueues;
  let worker: Worker | null = null;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await worker?.stop();
    worker = null;
    await queues.close();
    expect(queues.errors).to.deep.equal([]);
  });

  it('hears from our queue what became of its jobs', async () => {
    const producer = await queues.stock({ isWorker: false });
    const heard: unknown[] = [];
    const good = producer.createJob({ n: 21 });
    const bad = producer.createJob({ n: -1 }).retries(1);
    good.on('progress', (progress) => heard.push(progress));
    bad.on('retrying', (error: Error) => heard.push(error.message));
    const ended = Promise.all([next(good, 'succeeded'), next(bad, 'failed')]);

    // Saved first: a stock queue knows its job only when its save is answered, and misses what comes before.
    await good.save();
    await bad.save();
    queues.ours<{ n: number }>().process(async (job) => {
      await job.reportProgress(50);
      if (job.data.n < 0) throw new Error(`negative, attempt ${job.attempt}`);
      return { twice: job.data.n * 2 };
    });
    const [[result], [error]] = await ended;

    expect(result).to.deep.equal({ twice: 42 });
    expect(error).to.have.property('message', 'negative, attempt 2');
    expect(heard).to.have.members([50, 'negative, attempt 1']);
  });

  it('has its delays, back-off and timeout honoured by our queue', async () => {
    const producer = await queues.stock({ isWorker: false });
    const ours = queues.ours();
    const runs: Record<string, number> = {};
    ours.process(5, async (job) => {
      const what = String(job.data);
      runs[what] = (runs[what] ?? 0) + 1;
      if (what === 'slow') await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
      if (what === 'backed off' && runs[what] < 3) throw new Error('not yet');
    });

    await producer
      .createJob('delayed')
      .delayUntil(Date.now() + 50)
      .save();
    await producer.createJob('backed off').retries(5).backoff('exponential', 10).save();
    await producer.createJob('slow').timeout(30).save();

    const ended = async (): Promise<boolean> => {
      const { succeeded, failed } = await producer.checkHealth();
      return succeeded === 2 && failed === 1;
    };
    await until(ended, 'all three ended');
    expect(runs).to.deep.equal({ delayed: 1, 'backed off': 3, slow: 1 });
  });

  it('has its jobs run by the handler that is named like the queue', async () => {
    const definition = defineJob({
      type: queues.name,
      queue: queues.name,
      schema: z.object({ to: z.string() }),
    });
    const seen: unknown[] = [];
    worker = createWorker({
      redis: redisUrl(),
      handlers: [handle(definition, (data) => seen.push(data))],
    });
    const producer = await queues.stock({ isWorker: false });
    const good = producer.createJob({ to: 'a' });
    const bad = producer.createJob({ to: 1 }).retries(5);
    const ended = Promise.all([next(good, 'succeeded'), next(bad, 'failed')]);

    await good.save();
    await bad.save();
    await worker.start();
    const [, [error]] = await ended;

    expect(seen).to.deep.equal([{ to: 'a' }]);
    expect(error)
      .to.have.property('message')
      .that.matches(/not valid: to: /);
  });

  it('is told when no handler is named like the queue', async () => {
    const handlers = ['one', 'two'].map((type) =>
      handle(defineJob({ type, queue: queues.name, schema: z.unknown() }), () => 'never'),
    );
    worker = createWorker({ redis: redisUrl(), handlers });
    const producer = await queues.stock({ isWorker: false });
    const job = producer.createJob({}).retries(5);
    const failed = next(job, 'failed');

    await job.save();
    await worker.start();

    const [error] = await failed;
    expect(error)
      .to.have.property('message')
      .that.matches(/^no handler for a job without a type/);
  });
});
