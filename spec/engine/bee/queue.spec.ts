import { expect } from 'chai';
import type { Job } from '../../../lib/engine/bee/job.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { ApiaryError } from '../../../lib/errors.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';

describe('Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
    expect(queues.errors).to.deep.equal([]);
  });

  it('runs a job made with every builder and tells of it on job and queue', async () => {
    const queue = queues.ours<{ n: number }>();
    const gate = new Gate();
    const heard: string[] = [];
    queue.on('succeeded', (job, result) => heard.push(`succeeded ${job.id} ${result}`));
    queue.on('job progress', (id, progress) => heard.push(`job progress ${id} ${progress}`));
    queue.on('job succeeded', (id, result) => heard.push(`job succeeded ${id} ${result}`));
    queue.process(async (job) => {
      // For the compiler too: the job of a handler has an id.
      const id: string = job.id;
      expect(id).to.equal('mine');
      // Of progress hears who listens by then.
      await gate.pass();
      await job.reportProgress(50);
      return job.data.n * 2;
    });

    const job = queue.createJob({ n: 21 }).setId('mine').retries(2).backoff('fixed', 5).timeout(120_000);
    job.on('progress', (progress) => heard.push(`progress ${progress}`));
    const succeeded = next(job, 'succeeded');
    await job.save();
    const { events } = queueKeys('bq', queue.name, false);
    const isHeard = async () => Object(await queue.client.call('PUBSUB', 'NUMSUB', events))[1] === 1;
    await until(isHeard, 'the queue listens');
    gate.open();
    const result = await succeeded;

    expect(result).to.deep.equal([42]);
    await until(() => heard.length === 4, 'every event came');
    expect(heard).to.have.members([
      'job progress mine 50',
      'progress 50',
      'succeeded mine 42',
      'job succeeded mine 42',
    ]);
    expect(job.status).to.equal('succeeded');
  });

  it('tells of a retry and of the end as bee-queue does', async () => {
    const queue = queues.ours();
    const heard: string[] = [];
    for (const event of ['retrying', 'failed', 'failed:fatal'] as const) {
      queue.on(event, (_job, error) => heard.push(`${event} ${error.message}`));
    }
    queue.process(async (job) => {
      throw new Error(`attempt ${job.attempt}`);
    });

    const job = queue.createJob({}).retries(1);
    const retrying = next(job, 'retrying');
    const [[error]] = await Promise.all([next(job, 'failed'), job.save()]);
    await retrying;

    expect(error).to.be.an('error').with.property('message', 'attempt 2');
    await until(() => heard.length === 4, 'every event came');
    expect(heard).to.deep.equal([
      'retrying attempt 1',
      'failed attempt 1',
      'failed attempt 2',
      'failed:fatal attempt 2',
    ]);
  });

  it('takes every call form of process', async () => {
    const forms: ((queue: ReturnType<typeof queues.ours>) => void)[] = [
      (queue) => queue.process(async () => 'async'),
      (queue) => queue.process((_job, done) => done(null, 'callback')),
      (queue) => queue.process(2, async () => 'async of two'),
      (queue) => queue.process(2, (_job, done) => setImmediate(done, null, 'callback of two')),
    ];
    const results: unknown[] = [];
    for (const [index, form] of forms.entries()) {
      const queue = queues.ours({}, `${queues.name}-${index}`);
      form(queue);
      const job = queue.createJob({});
      const succeeded = next(job, 'succeeded');
      await job.save();
      results.push(...(await succeeded));
    }

    expect(results).to.deep.equal(['async', 'callback', 'async of two', 'callback of two']);
  });

  it('refuses to process twice, on a non-worker, without a handler, with no slot and when closed', async () => {
    const queue = queues.ours();
    queue.process(async () => undefined);
    const producer = queues.ours({ isWorker: false });
    const other = queues.ours();

    expect(() => queue.process(async () => undefined)).to.throw('twice');
    expect(() => producer.process(async () => undefined)).to.throw('non-worker');
    expect(() => other.process('no' as never)).to.throw('handler');
    expect(() => other.process(1, 'no' as never)).to.throw('handler');
    expect(() => other.process(0, async () => undefined)).to.throw('concurrency');
    await other.close();
    expect(() => other.process(async () => undefined)).to.throw(ApiaryError, 'closed');
  });

  it('serves callbacks beside promises', async () => {
    const queue = queues.ours();
    const called = (call: (done: (error: unknown, value?: unknown) => void) => unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        call((error, value) => (error ? reject(error) : resolve(value)));
      });

    await called((done) => queue.ready(done));
    const job = queue.createJob({ n: 1 });
    expect(await called((done) => job.save(done))).to.equal(job);
    expect(await called((done) => queue.getJob(job.id ?? '', done))).to.equal(job);
    expect(await called((done) => queue.getJobs('waiting', done))).to.have.length(1);
    expect(await called((done) => queue.getJobs('waiting', { start: 0, end: 5 }, done))).to.have.length(1);
    expect(await called((done) => queue.checkHealth(done))).to.include({ waiting: 1, newestJob: 0 });
    expect(await called((done) => queue.checkStalledJobs(done))).to.equal(0);
    expect(await called((done) => job.isInSet('failed', done))).to.equal(false);
    expect(await called((done) => job.reportProgress(1, done))).to.equal(undefined);
    expect(await called((done) => job.remove(done))).to.equal(job);
    expect(await called((done) => queue.removeJob(job.id ?? '', done))).to.equal(false);
    expect(await called((done) => queue.destroy(done))).to.be.a('number');
    await called((done) => queue.close(done));
  });

  it('hands the error to the callback, and leaves no rejection unhandled', async () => {
    const queue = queues.ours();

    const error = await new Promise((resolve) => {
      queue.getJobs('bogus' as 'waiting', resolve).catch(() => undefined);
    });

    expect(error).to.be.an('error').with.property('message').that.contains('bogus');
  });

  it('reads jobs by state, position and number', async () => {
    const queue = queues.ours<number>({ isWorker: false, storeJobs: false });
    const inAMinute = Date.now() + 60_000;
    await queue.saveAll([1, 2, 3, 4].map((n) => queue.createJob(n)));
    await queue.saveAll([8, 7, 9].map((n) => queue.createJob(n).delayUntil(inAMinute + n)));
    const data = (jobs: Job<number>[]): number[] => jobs.map((job) => job.data);

    expect(data(await queue.getJobs('waiting'))).to.deep.equal([4, 3, 2, 1]);
    expect(data(await queue.getJobs('waiting', { start: 1, end: 2 }))).to.deep.equal([3, 2]);
    expect(data(await queue.getJobs('waiting', { start: 0, end: -1 }))).to.deep.equal([4, 3, 2, 1]);
    expect(data(await queue.getJobs('waiting', { start: 1, end: -2 }))).to.deep.equal([3, 2]);
    expect(data(await queue.getJobs('waiting', { size: 2 }))).to.deep.equal([4, 3]);
    expect(data(await queue.getJobs('delayed'))).to.deep.equal([7, 8, 9]);
    expect(data(await queue.getJobs('succeeded', { size: -1 }))).to.deep.equal([]);
  });

  it('counts the jobs per state', async () => {
    const queue = queues.ours();
    const gate = new Gate();
    await queue
      .createJob('later')
      .delayUntil(Date.now() + 60_000)
      .save();
    for (const data of ['good', 'bad', 'held', 'waits']) await queue.createJob(data).save();
    queue.process(async (job) => {
      if (job.data === 'bad') throw new Error('bad');
      if (job.data === 'held') await gate.pass();
    });
    await until(() => gate.arrived === 1, 'one job is held');

    const health = await queue.checkHealth();

    expect(health).to.deep.equal({
      waiting: 1,
      active: 1,
      delayed: 1,
      succeeded: 1,
      failed: 1,
      newestJob: 0,
    });
    gate.open();
  });

  it('keeps no finished job when told so', async () => {
    const queue = queues.ours({ removeOnSuccess: true, removeOnFailure: true });
    queue.process(async (job) => {
      if (job.data === 'bad') throw new Error('bad');
    });

    const [good, bad] = [queue.createJob('good'), queue.createJob('bad')];
    const ended = Promise.all([next(good, 'succeeded'), next(bad, 'failed')]);
    await queue.saveAll([good, bad]);
    await ended;

    expect(await queue.client.hlen(queue.keys.jobs)).to.equal(0);
    expect(await queue.checkHealth()).to.include({ succeeded: 0, failed: 0 });
  });

  it('deletes everything it has in Redis', async () => {
    const queue = queues.ours();
    queue.process(async () => 'done');
    const job = queue.createJob({});
    const succeeded = next(job, 'succeeded');
    await job.save();
    await succeeded;

    expect(await queue.destroy()).to.be.greaterThan(2);

    await until(
      async () =>
        (await queue.client.keys(`bq:${queues.name}:*`)).every((key) => key.endsWith(':stallBlock')),
      'nothing is left but the mark of the last look for stalled jobs',
    );
  });

  it('says where its keys are', () => {
    const queue = queues.ours({ prefix: 'other' });

    expect(queue.toKey('waiting')).to.equal(`other:${queues.name}:waiting`);
    expect(queue.settings.keyPrefix).to.equal(`other:${queues.name}:`);
  });
});
