import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createInspector, createProducer, createWorker } from '../../lib/open.ts';
import { startProgram } from '../support/process.ts';
import { Gate, next, SpecQueues } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('a stock worker', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
    expect(queues.errors).to.deep.equal([]);
  });

  it('runs the jobs of our typed producer, and our reader shows it', async () => {
    const stock = await queues.stock();
    stock.process(1, async (job) => (job.data as { n: number }).n * 2);
    const type = defineJob({ type: 'twice', queue: queues.name, schema: z.object({ n: z.number() }) });
    const producer = createProducer({ redis: redisUrl() });
    const inspector = createInspector({ redis: redisUrl() });

    const { id } = await producer.add(type, { n: 21 });
    const shown = async () => inspector.job(queues.name, id);
    await until(async () => (await shown())?.state === 'succeeded', 'the job succeeded');

    expect(await shown()).to.deep.include({ id, state: 'succeeded', type: 'twice', data: { n: 21 } });
    await producer.close();
    await inspector.close();
  });

  it('runs every job of a queue with priorities that it serves alone, in the order of adding', async () => {
    const ran: number[] = [];
    const type = defineJob({ type: 'twice', queue: queues.name, schema: z.object({ n: z.number() }) });
    const producer = createProducer({ redis: redisUrl() });
    for (const [n, priority] of [9, 0, 4].entries())
      await producer.add(type, { n }, { priority, front: n === 2 });
    const stock = await queues.stock();
    stock.process(1, async (job) => ran.push((job.data as { n: number }).n));

    await until(async () => ran.length === 3, 'all have run');

    expect(ran).to.deep.equal([0, 1, 2]);
    await producer.close();
  });

  it('runs what the last worker of ours had sorted by priority, once that has stopped', async () => {
    const gate = new Gate();
    const ran: number[] = [];
    const type = defineJob({ type: 'twice', queue: queues.name, schema: z.object({ n: z.number() }) });
    const producer = createProducer({ redis: redisUrl() });
    const inspector = createInspector({ redis: redisUrl() });
    const worker = createWorker({
      redis: redisUrl(),
      queues: { [queues.name]: 1 },
      concurrency: 1,
      handlers: [handle(type, gate.pass)],
    });
    await producer.addMany(type, [{ n: 0 }, { n: 1 }], { priority: 9 });
    await producer.addMany(type, [{ n: 2 }, { n: 3 }], { priority: 0 });
    await worker.start();
    await until(async () => (await inspector.queue(queues.name)).counts.active > 0, 'one runs');
    gate.open();
    await worker.stop();
    const left = (await inspector.queue(queues.name)).counts.waiting;

    const stock = await queues.stock();
    stock.process(1, async (job) => ran.push((job.data as { n: number }).n));
    await until(async () => ran.length === left, 'the others have run');

    expect((await inspector.queue(queues.name)).counts.succeeded).to.be.at.least(left);
    await Promise.all([producer.close(), inspector.close()]);
  });

  it('tells the jobs of our queue their ends', async () => {
    const stock = await queues.stock({ getEvents: false });
    stock.process(1, async (job) => {
      if (job.data === 'bad') throw new Error('why');
      return 'result';
    });
    const ours = queues.ours({ isWorker: false });
    const [good, bad] = [ours.createJob('good'), ours.createJob('bad')];
    const ended = Promise.all([next(good, 'succeeded'), next(bad, 'failed')]);
    // A stock worker stores no result: what is not heard is not to be had.
    const { events } = queueKeys('bq', ours.name, false);
    const isHeard = async () => Object(await ours.client.call('PUBSUB', 'NUMSUB', events))[1] === 1;
    await until(isHeard, 'the queue listens');

    await ours.saveAll([good, bad]);
    const [[result], [error]] = await ended;

    expect(result).to.equal('result');
    expect(error).to.have.property('message', 'why');
  });

  it('shares a queue with ours: every job is done, and done once', async () => {
    const runs = new Map<string, number>();
    const by = { stock: 0, ours: 0 };
    const count = (who: 'stock' | 'ours') => async (job: { id: string | null }) => {
      by[who]++;
      runs.set(job.id ?? '', (runs.get(job.id ?? '') ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 1));
    };
    const stock = await queues.stock();
    const ours = queues.ours();
    const stockProducer = await queues.stock({ isWorker: false, getEvents: false, storeJobs: false });
    stock.process(5, count('stock'));
    ours.process(5, count('ours'));

    for (let n = 0; n < 150; n++) {
      await Promise.all([ours.createJob({ n }).save(), stockProducer.createJob({ n }).save()]);
    }
    await until(async () => (await ours.checkHealth()).succeeded === 300, 'all are done');

    expect(await ours.checkHealth()).to.include({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    expect([runs.size, [...runs.values()].filter((n) => n !== 1)]).to.deep.equal([300, []]);
    expect(by.stock).to.be.greaterThan(0);
    expect(by.ours).to.be.greaterThan(0);
  });

  it('that looks for stalled jobs takes none that our worker runs', async () => {
    const ours = queues.ours({ stallInterval: 1_000 });
    const gate = new Gate();
    ours.process(2, async () => gate.pass());
    const stock = await queues.stock({ stallInterval: 1_000 });
    const stalled: unknown[] = [];
    stock.on('stalled', (id) => stalled.push(id));
    await ours.saveAll([ours.createJob(1), ours.createJob(2)]);
    await until(() => gate.arrived === 2, 'both run');

    await stock.checkStalledJobs(200);
    const looksOver = Date.now() + 3_000;
    await until(() => Date.now() > looksOver, 'three intervals are over');

    expect([stalled, gate.arrived]).to.deep.equal([[], 2]);
    gate.open();
    await until(async () => (await ours.checkHealth()).succeeded === 2, 'both succeeded');
  });

  it('that is killed in the middle of a job has it recovered by ours', async () => {
    const ours = queues.ours({ stallInterval: 300 });
    const job = await ours.createJob('left').save();
    const worker = await startProgram('spec/support/bee-worker.ts', {}, [
      redisUrl(),
      queues.name,
      'hang',
      'stock',
    ]);
    await worker.waitForLine(/^took /);
    worker.kill('SIGKILL');
    await worker.exit;

    const succeeded = next(job, 'succeeded');
    const stalled = next(ours, 'stalled');
    ours.process(async () => 'recovered');

    expect(await stalled).to.deep.equal([job.id]);
    expect(await succeeded).to.deep.equal(['recovered']);
  });
});
