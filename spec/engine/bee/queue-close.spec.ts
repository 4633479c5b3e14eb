import { expect } from 'chai';
import { startProxy } from '../../support/proxy.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('A11: closing a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
  });

  it('lets running jobs end, and takes no more', async () => {
    const queue = queues.ours();
    const gate = new Gate();
    const succeeded: unknown[] = [];
    queue.on('succeeded', (job) => succeeded.push(job.data));
    queue.process(1, async () => gate.pass());
    await queue.createJob('running').save();
    await until(() => gate.arrived === 1, 'the job runs');

    const closed = queue.close();
    await queue.createJob('late').save();
    gate.open();
    await closed;

    expect([succeeded, queue.isRunning()]).to.deep.equal([['running'], false]);
    const reader = queues.ours({ isWorker: false });
    expect(await reader.checkHealth()).to.include({ succeeded: 1, waiting: 1, active: 0 });
    expect(queues.errors).to.deep.equal([]);
  });

  it('aborts what does not end in time and gives it back untouched', async () => {
    const queue = queues.ours();
    const gate = new Gate();
    let signal: AbortSignal | null = null;
    queue.process(async (job) => {
      signal = job.signal;
      await gate.pass();
    });
    const { id } = await queue.createJob({}).retries(0).save();
    await until(() => gate.arrived === 1, 'the job runs');

    await queue.close(10);

    expect(signal).to.have.property('aborted', true);
    const reader = queues.ours({ isWorker: false });
    const stored = await reader.queries.job(id ?? '');
    expect([stored?.state, stored?.record.status, stored?.record.options.run]).to.deep.equal([
      'waiting',
      'created',
      undefined,
    ]);
    gate.open();
  });

  it('gives back untouched a job whose handler heeds its signal', async () => {
    const queue = queues.ours();
    let runs = 0;
    queue.process((job) => {
      runs++;
      return new Promise((_resolve, reject) => {
        job.signal.addEventListener('abort', () => reject(job.signal.reason));
      });
    });
    await queue.createJob({}).save();
    await until(() => runs === 1, 'the job runs');

    await queue.close(10);

    const reader = queues.ours({ isWorker: false });
    expect(await reader.checkHealth()).to.include({ waiting: 1, active: 0, failed: 0 });
  });

  it('strands no job that was taken from the list at that moment', async () => {
    const producer = queues.ours({ isWorker: false, getEvents: false });
    let done = 0;
    for (let round = 0; round < 20; round++) {
      const queue = queues.ours({ getEvents: false });
      queue.process(async () => done++);
      await queue.ready();
      const saved = producer.createJob({ round }).save();
      await Promise.all([saved, queue.close()]);
    }

    const { waiting, active, succeeded } = await producer.checkHealth();
    expect({ all: waiting + succeeded, active }).to.deep.equal({ all: 20, active: 0 });
    expect(succeeded).to.equal(done);
    expect(await producer.client.zcard(producer.keys.workers)).to.equal(0);
  });

  it('ends also while Redis does not answer', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const queue = queues.ours({ redis: { port: proxy.port } });
    const gate = new Gate();
    queue.process(async () => gate.pass());
    await queue.createJob({}).save();
    await until(() => gate.arrived === 1, 'the job runs');
    proxy.hang(true);
    const pending = queue.getJobs('waiting').catch((error: unknown) => error);

    await queue.close(50);

    expect(await pending).to.be.an('error');
    expect([queue.client.status, queue.bclient?.status, queue.eclient?.status]).to.deep.equal([
      'end',
      'end',
      'end',
    ]);
    gate.open();
    await proxy.close();
  });

  it('ends also while Redis is away, before there was any connection', async () => {
    const proxy = await startProxy(1);
    proxy.refuse(true);
    const queue = queues.ours({ redis: { port: proxy.port } });
    queue.process(async () => undefined);
    await next(queue, 'error');

    await queue.close(50);

    expect(queue.client.status).to.equal('end');
    await proxy.close();
  });

  it('reports nothing at whatever moment of the opening it comes', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const queue = queues.ours();
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await queue.close();
    }

    expect(queues.errors).to.deep.equal([]);
  });

  it('reports nothing when it comes right after the constructor, and is harmless twice', async () => {
    const queue = queues.ours();

    await Promise.all([queue.close(), queue.close()]);
    await new Promise(setImmediate);

    expect(queues.errors).to.deep.equal([]);
    const error = await queue
      .createJob({})
      .save()
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'QUEUE_CLOSED');
    const again = await queue.connect().catch((reason: unknown) => reason);
    expect(again).to.have.property('code', 'QUEUE_CLOSED');
  });
});
