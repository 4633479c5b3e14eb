import { expect } from 'chai';
import { startProgram } from '../../support/process.ts';
import { startProxy } from '../../support/proxy.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';
import { patiently, until } from '../../support/wait.ts';

const WORKER = 'spec/support/bee-worker.ts';

describe('the stalled jobs of a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
  });

  /** Starts a process that takes one job, and kills it when it has. */
  async function takeAndDie(): Promise<void> {
    const worker = await startProgram(WORKER, {}, [redisUrl(), queues.name, 'hang']);
    await worker.waitForLine(/^took /);
    worker.kill('SIGKILL');
    await worker.exit;
  }

  it('A10: come back by themselves when their worker has died', async () => {
    const queue = queues.ours({ leaseMs: patiently(600) });
    const job = queue.createJob({});
    const succeeded = next(job, 'succeeded');
    await job.save();
    await takeAndDie();

    const stalled = next(queue, 'stalled');
    queue.process(async () => 'done');

    expect(await stalled).to.deep.equal([job.id]);
    expect(await succeeded).to.deep.equal(['done']);
  });

  it('A5: are failed with the reason when their workers died too often', async () => {
    const queue = queues.ours({ leaseMs: patiently(600), lossLimit: 2 });
    const job = queue.createJob({});
    const failed = next(job, 'failed');
    await job.save();
    await takeAndDie();
    await until(async () => (await queue.checkStalledJobs()) === 1, 'the job is back');
    await takeAndDie();

    queue.process(async () => 'never');

    expect((await failed)[0])
      .to.be.an('error')
      .with.property('message')
      .that.matches(/lost 2 times/);
    const stored = await queue.queries.job(job.id ?? '');
    expect([stored?.state, stored?.record.options.outcome]).to.deep.equal(['failed', 'lost']);
  });

  it('A10: are looked for again and again by a queue that does not process, until it is closed', async () => {
    const queue = queues.ours({ isWorker: false, stallInterval: 100 });
    const looks: unknown[] = [];
    await queue.ready();
    await queue.client.lpush(queue.keys.active, 'nobodys');

    await queue.checkStalledJobs(30, (error, count) => looks.push(error ?? count));

    await until(() => looks.includes(1), 'a look found the job');
    expect(await queue.client.lrange(queue.keys.waiting, 0, -1)).to.deep.equal(['nobodys']);
    await queue.close();
    const seen = looks.length;
    await new Promise(setImmediate);
    expect(looks.length).to.equal(seen);
  });

  it('are found also beside what is left of one who looked and died', async () => {
    const queue = queues.ours({ isWorker: false, stallInterval: 100 });
    await queue.ready();
    await queue.client.zadd(queue.keys.workers, 1, 'one-who-looked');
    await queue.client.lpush(queue.keys.active, 'nobodys');

    await until(async () => (await queue.checkStalledJobs()) === 1, 'a look found the job');

    expect(await queue.client.lrange(queue.keys.waiting, 0, -1)).to.deep.equal(['nobodys']);
  });

  it('B12: leave no rejection unhandled when a look fails', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const queue = queues.ours({ redis: { port: proxy.port }, isWorker: false, getEvents: false });
    await queue.ready();
    await queue.client.set(queue.keys.workers, 'no sorted set');

    queue.checkStalledJobs(10);
    await until(() => queues.errors.length > 2, 'some looks failed');

    expect(queues.errors[0]?.message).to.match(/WRONGTYPE/);
    await queue.client.del(queue.keys.workers);
    await queues.close();
    await proxy.close();
  });

  it('A4: end for good in one place when two have run them', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const gate = new Gate();
    const slow = queues.ours({
      redis: { port: proxy.port, retryStrategy: () => 20 },
      leaseMs: patiently(600),
    });
    slow.process(async () => {
      await gate.pass();
      throw new Error('of the one that was away');
    });
    const quick = queues.ours({ leaseMs: patiently(600) });
    const { id } = await quick.createJob({}).retries(3).save();
    await until(() => gate.arrived === 1, 'the job runs in the slow worker');

    proxy.hang(true);
    quick.process(async () => 'of the other');
    await until(async () => (await quick.getJob(id ?? ''))?.status === 'succeeded', 'the other did it');
    proxy.hang(false);
    gate.open();
    await until(
      () => queues.errors.some(({ message }) => message.includes('changed nothing')),
      'the first was told that its end changed nothing',
    );

    expect(await quick.checkHealth()).to.include({
      succeeded: 1,
      failed: 0,
      waiting: 0,
      active: 0,
      delayed: 0,
    });
    await queues.close();
    await proxy.close();
  });

  it('A10: are none while their worker lives, however short the interval', async () => {
    const gate = new Gate();
    const queue = queues.ours({ stallInterval: 300 });
    const watcher = queues.ours({ isWorker: false, stallInterval: 300 });
    const stalled: string[] = [];
    watcher.on('stalled', (id) => stalled.push(id));
    queue.process(async () => gate.pass());
    await queue.createJob({}).save();
    await until(() => gate.arrived === 1, 'the job runs');
    let looks = 0;

    await watcher.checkStalledJobs(50, () => looks++);
    await until(() => looks > 20, 'many looks were made');

    expect([stalled, gate.arrived]).to.deep.equal([[], 1]);
    gate.open();
  });
});
