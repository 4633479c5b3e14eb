import { expect } from 'chai';
import type { BeeHandler } from '../../../lib/engine/bee/bee-handler.ts';
import type { Queue } from '../../../lib/engine/bee/queue.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';

describe('the outcomes of a Queue', () => {
  let queues: SpecQueues;
  let queue: Queue;

  beforeEach(() => {
    queues = new SpecQueues();
    queue = queues.ours();
  });

  afterEach(async () => {
    await queues.close();
  });

  /** Runs one job with a handler; resolves with the stored record when it has ended. */
  async function outcomeOf(handler: BeeHandler, data: unknown = {}) {
    queue.process(handler);
    const job = queue.createJob(data);
    const ended = new Promise((resolve) => {
      job.once('succeeded', resolve);
      job.once('failed', resolve);
    });
    await job.save();
    await ended;
    const stored = await queue.queries.job(job.id ?? '');
    if (!stored) throw new Error('the job is gone');
    return { state: stored.state, ...stored.record.options, data: stored.record.data };
  }

  describe('A6: what counts as what', () => {
    for (const thrown of [undefined, null, '', 0, false]) {
      it(`takes a thrown ${JSON.stringify(thrown) ?? 'undefined'} for a failure`, async () => {
        const { state, errors } = await outcomeOf(() => Promise.reject(thrown));

        expect(state).to.equal('failed');
        expect(errors?.[0]?.message).to.match(/no Error was thrown/);
      });
    }

    it('takes an exception of a plain function for a failure', async () => {
      const { state } = await outcomeOf(() => {
        throw new Error('plain');
      });

      expect(state).to.equal('failed');
    });

    it('keeps name, message, code and stack of an error', async () => {
      const { errors, stacktraces } = await outcomeOf(async () => {
        throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
      });

      expect(errors?.[0]).to.include({ name: 'RangeError', message: 'too far', code: 'E_FAR', attempt: 1 });
      expect(stacktraces?.[0]).to.match(/^RangeError: too far\n +at /);
    });

    it('fails a job whose result cannot be JSON, once', async () => {
      let runs = 0;
      const { state, errors } = await outcomeOf(async () => {
        runs++;
        return 1n;
      });

      expect([state, errors?.[0]?.code, runs]).to.deep.equal(['failed', 'RESULT_UNSERIALISABLE', 1]);
    });

    it('ends a job whose handler made its data unwritable', async () => {
      const { state, data } = await outcomeOf(
        (job) => {
          const own = job.data as Record<string, unknown>;
          Object.assign(own, { self: own, big: 1n });
          return Promise.resolve('done');
        },
        { kept: true },
      );

      expect(state).to.equal('succeeded');
      expect(data).to.include({ kept: true, big: '1' });
    });

    it('ends a job whose error is not what errors are', async () => {
      const { state, errors } = await outcomeOf(async () => {
        throw Object.assign(new Error('x'), { message: { no: 'text' }, stack: 5 });
      });

      expect([state, errors?.[0]?.message]).to.deep.equal(['failed', '{"no":"text"}']);
    });

    it('refuses progress that is nothing or cannot be JSON, and goes on', async () => {
      const refused: unknown[] = [];
      const { state } = await outcomeOf(async (job) => {
        for (const progress of [null, undefined, 1n]) {
          await job.reportProgress(progress).catch((error) => refused.push(error));
        }
      });

      expect([state, refused.length]).to.deep.equal(['succeeded', 3]);
    });

    it('stores progress while the job runs', async () => {
      const gate = new Gate();
      queue.process(async (job) => {
        await job.reportProgress({ page: 3 });
        await gate.pass();
      });
      const { id } = await queue.createJob({}).save();
      await until(() => gate.arrived === 1, 'the job runs');

      const other = queues.ours({ isWorker: false });
      expect((await other.getJob(id ?? ''))?.progress).to.deep.equal({ page: 3 });
      gate.open();
    });

    it('ends a plain handler that returns a value', async () => {
      const { state, result } = await outcomeOf(() => 'plain');

      expect([state, result]).to.deep.equal(['succeeded', 'plain']);
    });

    it('heeds done of a handler that is async too', async () => {
      const { state, errors } = await outcomeOf(async (_job, done) => {
        done(new Error('said by done'));
      });

      expect([state, errors?.[0]?.message]).to.deep.equal(['failed', 'said by done']);
    });

    it('waits for done of a handler that takes it and returns nothing', async () => {
      const { state, result } = await outcomeOf((_job, done) => {
        setImmediate(done, null, 'later');
      });

      expect([state, result]).to.deep.equal(['succeeded', 'later']);
    });

    it('takes any thenable for a promise', async () => {
      const { result } = await outcomeOf(() => {
        const settled = Promise.resolve('then');
        // biome-ignore lint/suspicious/noThenProperty: this is what is tried
        return { then: settled.then.bind(settled) };
      });

      expect(result).to.equal('then');
    });

    it('reports what a listener throws, and goes on', async () => {
      queue.on('succeeded', () => {
        throw new Error('of a listener');
      });
      await outcomeOf(async () => 'one');
      const second = queue.createJob({});
      const succeeded = next(second, 'succeeded');
      await second.save();

      await succeeded;
      expect(queues.errors.map(({ message }) => message)).to.include('of a listener');
    });

    it('asks a back-off strategy of its own, and gives up where that fails', async () => {
      queue.backoffStrategies.set('own', (job) => {
        if (job.attempt > 2) throw new Error('no more');
        return 5;
      });
      queue.process(async () => {
        throw new Error('no');
      });
      const job = queue.createJob({}).retries(10).backoff('own', 1);
      const failed = next(job, 'failed');
      await job.save();
      await failed;

      expect((await queue.queries.job(job.id ?? ''))?.record.options.run?.[0]).to.equal(3);
      expect(queues.errors.map(({ message }) => message)).to.deep.equal(['no more']);
    });
  });

  describe('A5: jobs that cannot be run', () => {
    it('fails an id without a record, with the reason', async () => {
      await queue.ready();
      await queue.client.lpush(queue.keys.waiting, 'ghost');

      const failed = next(queue, 'failed');
      queue.process(async () => 'never');
      const [job] = await failed;

      expect(job).to.have.property('id', 'ghost');
      const stored = await queue.queries.job('ghost');
      expect(stored?.state).to.equal('failed');
      expect(stored?.record.options.errors?.[0]?.message).to.match(/is gone or is not a job/);
    });

    it('fails a record that cannot be read, with the reason', async () => {
      await queue.ready();
      await queue.client.hset(queue.keys.jobs, 'poison', '{"data":');
      await queue.client.lpush(queue.keys.waiting, 'poison');

      const failed = next(queue, 'failed');
      queue.process(async () => 'never');
      await failed;

      const stored = await queue.queries.job('poison');
      expect([stored?.state, stored?.record.data]).to.deep.equal(['failed', '{"data":']);
      expect(stored?.record.options.errors?.[0]?.message).to.match(/is not a job/);
    });
  });

  describe('B13: timeouts', () => {
    it('aborts the signal, fails the attempt at once and keeps the slot until the handler ends', async () => {
      const gate = new Gate();
      const signals: AbortSignal[] = [];
      queue.process(1, async (job) => {
        signals.push(job.signal);
        if (signals.length === 1) await gate.pass();
      });
      const failed = next(queue, 'failed');
      const slow = await queue.createJob('slow').timeout(20).save();
      const after = queue.createJob('after');
      const succeeded = next(after, 'succeeded');
      await after.save();
      await failed;

      expect(signals[0]?.aborted).to.equal(true);
      expect(await queue.checkHealth()).to.include({ active: 0, waiting: 1, failed: 1 });
      gate.open();
      await succeeded;

      const stored = await queue.queries.job(slow.id ?? '');
      expect([stored?.state, stored?.record.options.errors?.[0]?.code]).to.deep.equal([
        'failed',
        'JOB_TIMED_OUT',
      ]);
    });

    it('lets a handler that goes on change nothing of the attempt after its own', async () => {
      const [first, second] = [new Gate(), new Gate()];
      const seen: unknown[] = [];
      queue.process(2, async (job) => {
        if (first.arrived === 1) return second.pass();
        await first.pass();
        await job.reportProgress('late').catch((error: unknown) => seen.push(error));
        seen.push('over');
      });
      const { id } = await queue.createJob({}).timeout(20).retries(1).save();
      await until(() => second.arrived === 1, 'the second attempt runs');

      first.open();
      await until(() => seen.includes('over'), 'the first handler has ended');

      expect((await queue.queries.job(id ?? ''))?.record.progress).to.not.equal('late');
      second.open();
    });

    it('takes 0 for no timeout, and more than a timer can hold for the most that it can', async () => {
      const gate = new Gate();
      const aborted: boolean[] = [];
      queue.process(2, async (job) => {
        const { signal } = job;
        await gate.pass();
        aborted.push(signal.aborted);
      });
      await queue.createJob({}).timeout(0).save();
      await queue
        .createJob({})
        .timeout(2 ** 31)
        .save();
      await until(() => gate.arrived === 2, 'both run');
      await queue.client.ping();
      gate.open();

      await until(async () => (await queue.checkHealth()).succeeded === 2, 'both succeeded');
      expect(aborted).to.deep.equal([false, false]);
    });
  });
});
