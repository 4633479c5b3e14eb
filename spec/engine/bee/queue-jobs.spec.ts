import { expect } from 'chai';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';

describe('the jobs of a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
  });

  describe('A7: ids, and what is new', () => {
    it('makes ids itself, unique and in the order of saving', async () => {
      const queue = queues.ours({ isWorker: false });
      const jobs = Array.from({ length: 50 }, (_, n) => queue.createJob({ n }));

      await queue.saveAll(jobs);

      const ids = jobs.map((job) => job.id ?? '');
      expect(new Set(ids).size).to.equal(50);
      expect([...ids].sort()).to.deep.equal(ids);
      expect(jobs.every((job) => job.created)).to.equal(true);
    });

    it('tells a job that was stored from one whose id was taken', async () => {
      const queue = queues.ours<string>({ isWorker: false });

      const first = await queue.createJob('first').setId('same').save();
      const second = await queue.createJob('second').setId('same').save();

      expect([first.created, first.id]).to.deep.equal([true, 'same']);
      expect([second.created, second.id]).to.deep.equal([false, null]);
      expect((await queue.getJob('same'))?.data).to.equal('first');
      expect(queue.jobs.get('same')).to.equal(first);
    });

    it('does not take the number of a caller for one of its own', async () => {
      const queue = queues.ours({ isWorker: false });

      await queue.createJob('theirs').setId('1').save();
      const ours = await queue.createJob('ours').save();

      expect([ours.created, ours.id === '1']).to.deep.equal([true, false]);
    });

    it('keeps the id of a job that is saved twice', async () => {
      const queue = queues.ours({ isWorker: false });
      const job = await queue.createJob({}).save();
      const { id } = job;

      await job.save();

      expect(job.id).to.equal(id);
      expect(await queue.checkHealth()).to.include({ waiting: 1 });
    });

    it('makes an id for an empty one', async () => {
      const queue = queues.ours({ isWorker: false });

      const job = await queue.createJob({}).setId('').save();

      expect(job.id).to.be.a('string').with.length(20);
    });

    it('loses no end of a job, however fast it comes', async () => {
      const worker = queues.ours({ getEvents: false });
      worker.process(50, async () => 'done');
      const producer = queues.ours({ isWorker: false });
      let ended = 0;

      for (let n = 0; n < 500; n++) {
        const job = producer.createJob({ n });
        job.once('succeeded', () => ended++);
        job.save().catch((error) => queues.errors.push(error));
      }

      await until(() => ended === 500, 'every job told its end');
      expect(producer.jobs.size).to.equal(0);
    });

    it('keeps data that is 0, empty, false or null', async () => {
      const queue = queues.ours({ isWorker: false, storeJobs: false });

      const saved = await Promise.all([0, '', false, null].map((data) => queue.createJob(data).save()));

      const read = await Promise.all(saved.map(({ id }) => queue.getJob(id ?? '')));
      expect(read.map((job) => job?.data)).to.deep.equal([0, '', false, null]);
    });

    it('rejects data that cannot be JSON, and stores the others', async () => {
      const queue = queues.ours({ isWorker: false });
      const [good, bad] = [queue.createJob(1), queue.createJob(1n)];

      const errors = await queue.saveAll([bad, good]);
      const alone = await bad.save().catch((error: unknown) => error);

      expect([...errors.keys()]).to.deep.equal([bad]);
      expect(alone).to.have.property('code', 'JOB_INVALID');
      expect(good.created).to.equal(true);
      expect([...queue.jobs.values()]).to.deep.equal([good]);
    });

    it('remembers nothing when nobody could tell it of an end', async () => {
      const queue = queues.ours({ isWorker: false, getEvents: false });

      await queue.createJob({}).save();

      expect(queue.jobs.size).to.equal(0);
    });

    it('brings a remembered job up to date when it is read, and hears of one that was read', async () => {
      const queue = queues.ours();
      const other = queues.ours({ isWorker: false });
      const gate = new Gate();
      queue.process(async (job) => {
        if (job.attempt === 1) throw new Error('once');
        await gate.pass();
      });
      const job = await queue.createJob({}).retries(1).save();
      await until(() => gate.arrived === 1, 'the second attempt runs');

      expect(await queue.getJob(job.id ?? '')).to.equal(job);
      expect(job.status).to.equal('retrying');
      const read = await other.getJob(job.id ?? '');
      const succeeded = read && next(read, 'succeeded');
      gate.open();

      await succeeded;
    });
  });

  describe('A8: repairs', () => {
    it('retries a failed job once, and no job in another state', async () => {
      const queue = queues.ours();
      // Before all have asked it must not have failed once more.
      const gate = new Gate();
      let runs = 0;
      queue.process(async () => {
        runs++;
        if (runs === 2) await gate.pass();
        throw new Error('no');
      });
      const job = queue.createJob({});
      const failed = next(job, 'failed');
      await job.save();
      await failed;

      const answers = await Promise.all([job.retry(), job.retry(), job.retry()]);

      expect(answers.filter((done) => done)).to.have.length(1);
      gate.open();
      await until(async () => runs === 2 && (await job.isInSet('failed')), 'it ran once more');
      await job.remove();
      expect(await job.retry()).to.equal(false);
      expect(await queue.checkHealth()).to.include({ waiting: 0, active: 0, failed: 0 });
    });

    it('promotes a delayed job, and no other', async () => {
      const queue = queues.ours({ isWorker: false });
      const job = await queue
        .createJob({})
        .delayUntil(Date.now() + 60_000)
        .save();

      expect([await job.promote(), await job.promote()]).to.deep.equal([true, false]);
      expect(await queue.checkHealth()).to.include({ waiting: 1, delayed: 0 });
    });

    it('keeps a running job that was removed removed', async () => {
      const queue = queues.ours();
      const gate = new Gate();
      queue.process(async () => gate.pass());
      const job = await queue.createJob({}).save();
      await until(() => gate.arrived === 1, 'the job runs');

      expect(await queue.removeJob(job.id ?? '')).to.equal(true);
      gate.open();
      await next(queue, 'error');

      expect(queues.errors[0]?.message).to.contain('changed nothing');
      expect(await queue.getJob(job.id ?? '')).to.equal(null);
      expect(await queue.checkHealth()).to.include({ waiting: 0, active: 0, succeeded: 0, failed: 0 });
    });

    it('says whether there was a job to remove', async () => {
      const queue = queues.ours({ isWorker: false });
      const job = await queue.createJob({}).save();

      expect([await queue.removeJob(job.id ?? ''), await queue.removeJob(job.id ?? '')]).to.deep.equal([
        true,
        false,
      ]);
    });
  });
});
