import { expect } from 'chai';
import { Gate, SpecQueues, type StockQueue } from '../support/queues.ts';
import { until } from '../support/wait.ts';

describe('a stock reader', () => {
  let queues: SpecQueues;
  let stock: StockQueue;

  beforeEach(async () => {
    queues = new SpecQueues();
    stock = await queues.stock({ isWorker: false, getEvents: false, storeJobs: false });
  });

  afterEach(async () => {
    await queues.close();
    expect(queues.errors).to.deep.equal([]);
  });

  it('reads our jobs in every state', async () => {
    const ours = queues.ours({ getEvents: false });
    const gate = new Gate();
    const inAMinute = Date.now() + 60_000;
    await ours.createJob({ is: 'delayed' }).setId('delayed').delayUntil(inAMinute).save();
    await ours.createJob({ is: 'succeeded' }).setId('succeeded').save();
    await ours.createJob({ is: 'failed' }).setId('failed').save();
    await ours.createJob({ is: 'retrying' }).setId('retrying').retries(1).backoff('fixed', 60_000).save();
    await ours.createJob({ is: 'active' }).setId('active').save();
    await ours.createJob({ is: 'waiting' }).setId('waiting').save();
    ours.process(async (job) => {
      if (job.id === 'failed' || job.id === 'retrying') throw new Error('why');
      if (job.id === 'active') await gate.pass();
      return 'result';
    });
    await until(() => gate.arrived === 1, 'one job is held');

    const health = await stock.checkHealth();
    const seen: Record<string, unknown> = {};
    for (const state of ['waiting', 'active', 'delayed', 'succeeded', 'failed']) {
      const jobs = await stock.getJobs(state, { start: 0, end: 10, size: 10 });
      seen[state] = jobs.map(({ id }) => id).sort();
    }
    const failed = await stock.getJob('failed');

    expect(health).to.deep.equal({
      waiting: 1,
      active: 1,
      delayed: 2,
      succeeded: 1,
      failed: 1,
      newestJob: 0,
    });
    expect(seen).to.deep.equal({
      waiting: ['waiting'],
      active: ['active'],
      delayed: ['delayed', 'retrying'],
      succeeded: ['succeeded'],
      failed: ['failed'],
    });
    expect(failed).to.deep.include({ data: { is: 'failed' }, status: 'failed' });
    expect(failed?.options['stacktraces']).to.have.length(1);
    expect((await stock.getJob('succeeded'))?.status).to.equal('succeeded');
    expect((await stock.getJob('delayed'))?.options['delay']).to.equal(inAMinute);
    gate.open();
  });

  it('removes our jobs', async () => {
    const ours = queues.ours({ isWorker: false, getEvents: false });
    const { id } = await ours.createJob({}).save();

    await stock.removeJob(id ?? '');

    expect(await ours.checkHealth()).to.include({ waiting: 0 });
    expect(await ours.getJob(id ?? '')).to.equal(null);
  });
});
