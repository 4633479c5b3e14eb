import { expect } from 'chai';
import { parseJobMessage } from '../../../lib/engine/ends/job-messages.ts';
import { startProxy } from '../../support/proxy.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('parseJobMessage', () => {
  it('reads the four events of bee-queue', () => {
    expect(parseJobMessage('{"id":"1","event":"succeeded","data":{"a":1}}')).to.deep.equal({
      id: '1',
      event: 'succeeded',
      data: { a: 1 },
    });
    expect(parseJobMessage('{"id":"1","event":"progress","data":5}')).to.include({ data: 5 });
    expect(parseJobMessage('{"id":"1","event":"failed","data":"why"}')?.data)
      .to.be.an('error')
      .with.property('message', 'why');
    expect(parseJobMessage('{"id":"1","event":"retrying"}')?.data).to.be.an('error');
  });

  for (const text of [
    'x',
    'null',
    '1',
    '[]',
    '{}',
    '{"id":1,"event":"failed"}',
    '{"id":"1","event":"error"}',
  ]) {
    it(`takes ${text} for no message`, () => {
      expect(parseJobMessage(text)).to.equal(null);
    });
  }
});

describe('B12: the events of a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
  });

  it('survive what anybody publishes', async () => {
    const queue = queues.ours({ isWorker: false });
    const job = await queue.createJob({}).save();
    await until(async () => (await queue.client.publish(queue.keys.events, 'x')) === 1, 'the queue listens');

    for (const event of ['error', '__proto__', 'newListener']) {
      await queue.client.publish(queue.keys.events, JSON.stringify({ id: job.id, event, data: 'boom' }));
    }
    await queue.client.publish(queue.keys.events, 'null');
    const progressed = next(job, 'progress');
    await job.reportProgress(7);

    expect(await progressed).to.deep.equal([7]);
    expect(queues.errors.map(({ message }) => /no event of a job/.test(message))).to.deep.equal(
      Array(queues.errors.length).fill(true),
    );
    expect(queues.errors.length).to.be.at.least(5);
  });

  it('report what a listener throws, and reach the others', async () => {
    const queue = queues.ours();
    queue.on('job succeeded', () => {
      throw new Error('of the queue');
    });
    const job = queue.createJob({});
    const heard: unknown[] = [];
    job.on('succeeded', (result) => {
      heard.push(result);
      throw new Error('of the job');
    });
    queue.process(async () => 'done');

    await job.save();
    await until(() => queues.errors.length === 2, 'both were reported');

    expect(heard).to.deep.equal(['done']);
    expect(queue.jobs.size).to.equal(0);
  });

  it('are made up for when the connection was away', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const worker = queues.ours({ getEvents: false });
    const gate = new Gate();
    worker.process(2, async (job) => {
      await gate.pass();
      if (job.data === 'bad') throw new Error('why');
      return 'result';
    });
    const producer = queues.ours({ redis: { port: proxy.port, retryStrategy: () => 10 }, isWorker: false });
    const [good, bad] = [producer.createJob('good'), producer.createJob('bad')];
    const told = Promise.all([next(good, 'succeeded'), next(bad, 'failed')]);
    await producer.saveAll([good, bad]);
    await until(() => gate.arrived === 2, 'both run');

    proxy.refuse(true);
    proxy.cut();
    gate.open();
    await until(async () => (await worker.checkHealth()).active === 0, 'both have ended');
    proxy.refuse(false);
    const [[result], [error]] = await told;

    expect(result).to.equal('result');
    expect(error).to.be.an('error').with.property('message', 'why');
    expect(producer.jobs.size).to.equal(0);
    await queues.close();
    await proxy.close();
  });

  it('are not sent when told so', async () => {
    const worker = queues.ours({ sendEvents: false });
    const heard: string[] = [];
    worker.on('job succeeded', (id) => heard.push(id));
    let progressed = 0;
    worker.on('job progress', () => progressed++);
    worker.process(async () => 'done');
    const job = await worker.createJob({}).save();
    await until(async () => (await worker.checkHealth()).succeeded === 1, 'the job was done');

    await until(async () => {
      await job.reportProgress(1);
      return progressed > 0;
    }, 'progress, which somebody asked for, was heard');

    expect(heard).to.deep.equal([]);
  });
});
