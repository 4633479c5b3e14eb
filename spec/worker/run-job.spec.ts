import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { ActiveJob } from '../../lib/engine/pump/active-job.ts';
import { type TimeoutRule, TimerLimits } from '../../lib/engine/pump/timeout.ts';
import type { StoredOptions } from '../../lib/engine/record/record.ts';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import type { Session } from '../../lib/engine/session/session.ts';
import { DiscardJob, RetryAfter, RetryLater } from '../../lib/errors.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { Logger } from '../../lib/logger.ts';
import { Failures } from '../../lib/worker/failures.ts';
import { type RunDeps, runJob } from '../../lib/worker/run-job.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../support/engine.ts';
import { recordingLog, silentLog } from '../support/log.ts';
import { until } from '../support/wait.ts';

const QUEUE = 'mail';
const FIXED: Partial<StoredOptions> = { retries: 1, backoff: { strategy: 'fixed', delay: 70 } };

describe('runJob', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  /** A job as a worker holds it. */
  const active = async (
    options: Partial<StoredOptions> = {},
    data: unknown = { to: 'a' },
  ): Promise<ActiveJob> => {
    await engine.store.save([jobOf('a', data, { type: 'email.send', ...options })]);
    const [taken] = await take(session, 1);
    return taken ? new ActiveJob(QUEUE, taken, session) : expect.fail('there was nothing to take');
  };
  const handlerOf = (
    run: (data: { to: string }, ctx: JobContext) => unknown,
    type = 'email.send',
    queue = QUEUE,
  ) => handle(defineJob({ type, queue, schema: z.object({ to: z.string() }) }), run);
  const depsOf = (...handlers: ReturnType<typeof handlerOf>[]): RunDeps => ({
    handlers: new Map(handlers.map((one) => [one.definition.type, one])),
    log: silentLog,
    clock: systemClock,
    limits: new TimerLimits({ graceMs: 60_000, onOverdue: () => {}, onLate: () => {}, onDeaf: () => {} }),
    failures: new Failures({}, { log: silentLog, random: systemClock.random }),
    onSplit: () => {},
  });
  const impatient = (onDeaf: TimeoutRule['onDeaf']) =>
    new TimerLimits({ graceMs: 5, onOverdue: () => {}, onLate: () => {}, onDeaf });
  const errorOf = (outcome: Outcome): Error =>
    'error' in outcome ? outcome.error : expect.fail(`${outcome.kind} carries no error`);

  it('hands the parsed data to the handler and takes what it returns for the result', async () => {
    const job = await active({}, { to: 'a', more: 1 });

    const outcome = await runJob(job, depsOf(handlerOf((data) => ({ got: data }))));

    expect(outcome).to.deep.include({ kind: 'succeeded', result: { got: { to: 'a' } } });
  });

  it('tells the handler which job it runs', async () => {
    const job = await active({ headers: { traceparent: '00-1' }, run: [2, 0, 0, 'w'] });
    let seen: Partial<JobContext> = {};

    await runJob(
      job,
      depsOf(
        handlerOf((_, { id, type, queue, attempt, headers }) => {
          seen = { id, type, queue, attempt, headers };
        }),
      ),
    );

    expect(seen).to.deep.equal({
      id: 'a',
      type: 'email.send',
      queue: QUEUE,
      attempt: 3,
      headers: { traceparent: '00-1' },
    });
  });

  it('gives the handler a log that says which job it is', async () => {
    const { log, records } = recordingLog();
    const say = handlerOf((_, ctx: { log: Logger }) => ctx.log.info('sending', { n: 1 }));

    await runJob(await active(), { ...depsOf(say), log });

    const fields = { queue: QUEUE, type: 'email.send', id: 'a', attempt: 1, n: 1 };
    expect(records).to.deep.equal([{ level: 'info', message: 'sending', fields }]);
  });

  it('stores progress while the handler runs', async () => {
    let stored: unknown;
    const report = handlerOf(async (_, ctx) => {
      await ctx.progress(40);
      stored = (await engine.queries.job('a'))?.record.progress;
    });

    await runJob(await active(), depsOf(report));

    expect(stored).to.equal(40);
  });

  it('fails progress that cannot be JSON, and keeps the one before', async () => {
    const report = handlerOf(async (_, ctx) => {
      await ctx.progress(40);
      await ctx.progress(10n);
    });
    const job = await active({ retries: 0 });

    const outcome = await runJob(job, depsOf(report));

    expect(errorOf(outcome).message).to.match(/BigInt/);
    expect(job.record.progress).to.equal(40);
  });

  describe('without a handler', () => {
    it('fails a job of an unknown type at once, naming the type and those known', async () => {
      const outcome = await runJob(
        await active({ ...FIXED, type: 'unheard.of' }),
        depsOf(handlerOf(() => 1)),
      );

      expect(outcome.kind).to.equal('failed');
      expect(errorOf(outcome).message).to.match(/of type unheard\.of.*handlers for: email\.send/);
    });

    it('fails a job without a type at once where several handlers may be meant, naming its queue', async () => {
      const job = await active(FIXED);
      delete job.record.options.type;
      const two = depsOf(
        handlerOf(() => 1, 'one'),
        handlerOf(() => 2, 'two'),
      );

      const outcome = await runJob(job, two);

      expect(outcome.kind).to.equal('failed');
      expect(errorOf(outcome).message).to.match(/without a type in queue mail.*handlers for: one, two/);
    });

    it('says so when there are no handlers at all', async () => {
      expect(errorOf(await runJob(await active(), depsOf())).message).to.match(/handlers for: none/);
    });

    it('gives a job without a type to the handler named like its queue', async () => {
      const job = await active();
      delete job.record.options.type;
      const deps = depsOf(
        handlerOf(() => 'other', 'other'),
        handlerOf(() => 'named', QUEUE),
      );

      expect(await runJob(job, deps)).to.include({ kind: 'succeeded', result: 'named' });
    });

    it('gives a job without a type to the only handler of its queue', async () => {
      const job = await active();
      delete job.record.options.type;
      const deps = depsOf(
        handlerOf(() => 'sole', 'any'),
        handlerOf(() => 'other', 'other', 'other'),
      );

      expect(await runJob(job, deps)).to.include({ kind: 'succeeded', result: 'sole' });
    });
  });

  describe('what cannot be run', () => {
    it('is failed without a retry when the data does not parse, naming each field', async () => {
      let ran = false;
      const handler = handlerOf(() => {
        ran = true;
      });

      const outcome = await runJob(await active(FIXED, { to: 5 }), depsOf(handler));

      expect(ran).to.equal(false);
      expect(outcome.kind).to.equal('failed');
      expect(errorOf(outcome).message).to.match(/^data of email\.send is not valid: to: /);
    });

    for (const stored of ['garbage', '{"no":"job"}', null]) {
      it(`is failed when ${stored ?? 'nothing'} is stored of it`, async () => {
        await engine.client.lpush(engine.keys.waiting, 'a');
        if (stored !== null) await engine.client.hset(engine.keys.jobs, 'a', stored);
        const [taken] = await take(session);
        const job = taken ? new ActiveJob(QUEUE, taken, session) : expect.fail('nothing was taken');

        const outcome = await runJob(job, depsOf(handlerOf(() => 1, QUEUE)));

        expect(outcome.kind).to.equal('failed');
        expect(errorOf(outcome).message).to.match(/record of the job is gone or is not a job/);
      });
    }
  });

  describe('a handler that throws', () => {
    for (const thrown of [undefined, null, false, 0, '', 'text', { an: 'object' }]) {
      for (const way of ['throws', 'rejects with']) {
        it(`has failed when it ${way} ${JSON.stringify(thrown) ?? 'undefined'}`, async () => {
          const handler = handlerOf(() => {
            if (way === 'rejects with') return Promise.reject(thrown);
            throw thrown;
          });

          const outcome = await runJob(await active(FIXED), depsOf(handler));

          expect(outcome).to.include({ kind: 'retry', delayMs: 70 });
          expect(errorOf(outcome)).to.be.instanceOf(Error);
        });
      }
    }

    it('may steer what comes of the job', async () => {
      const steered = async (thrown: Error, options: Partial<StoredOptions> = FIXED): Promise<Outcome> => {
        await engine.client.del(engine.keys.jobs);
        return runJob(await active(options), depsOf(handlerOf(() => Promise.reject(thrown))));
      };

      expect(await steered(new DiscardJob('gone'))).to.include({ kind: 'failed', as: 'discarded' });
      expect(await steered(new RetryLater(5))).to.deep.equal({ kind: 'snoozed', delayMs: 5 });
      expect(await steered(new RetryAfter('busy', 900))).to.include({ kind: 'retry', delayMs: 900 });
    });
  });

  it('fails an attempt whose result cannot be JSON', async () => {
    const outcome = await runJob(await active(FIXED), depsOf(handlerOf(() => ({ n: 10n }))));

    expect(outcome.kind).to.equal('retry');
    expect(errorOf(outcome)).to.include({ code: 'RESULT_UNSERIALISABLE' });
  });

  describe('the timeout', () => {
    it('aborts the signal and fails the attempt, and the handler lingers until it ends', async () => {
      let end = (): void => {};
      let reason: unknown;
      const slow = handlerOf((_, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return new Promise<string>((resolve) => {
          end = () => resolve('late');
        });
      });
      const job = await active({ ...FIXED, timeout: 5 });

      const outcome = await runJob(job, depsOf(slow));

      expect(reason).to.be.instanceOf(Error).and.include({ name: 'AbortError', code: 'JOB_TIMED_OUT' });
      expect(outcome.kind).to.equal('retry');
      expect(errorOf(outcome)).to.include({ code: 'JOB_TIMED_OUT' });
      let lingers = true;
      void job.lingering?.then(() => {
        lingers = false;
      });
      await new Promise(setImmediate);
      expect(lingers).to.equal(true);
      end();
      await job.lingering;
    });

    it('shows a signal that was asked for late as aborted', async () => {
      const job = await active({ timeout: 5, retries: 0 });
      let aborted: boolean | undefined;
      const slow = handlerOf(async (_, ctx) => {
        await until(() => job.abortReason !== null, 'the time was over');
        aborted = ctx.signal.aborted;
      });

      await runJob(job, depsOf(slow));
      await job.lingering;

      expect(aborted).to.equal(true);
    });

    it('frees the slot of a handler that ignores its signal after a grace, and says so', async () => {
      const deaf: string[] = [];
      const limits = impatient(({ job }) => deaf.push(job.id));
      const handler = handlerOf(() => new Promise(() => {}));
      const job = await active({ ...FIXED, timeout: 5 });

      const outcome = await runJob(job, { ...depsOf(handler), limits });
      await job.lingering;

      expect(errorOf(outcome)).to.include({ code: 'JOB_TIMED_OUT' });
      expect(deaf).to.deep.equal(['a']);
    });

    it('lets nothing of a handler that ends after all escape', async () => {
      let fail = (): void => {};
      const deaf = handlerOf(
        () =>
          new Promise((_, reject) => {
            fail = () => reject(new Error('too late'));
          }),
      );
      const limits = impatient(() => undefined);
      await runJob(await active({ ...FIXED, timeout: 5 }), { ...depsOf(deaf), limits });

      fail();
      // An unhandled rejection would be told of now; the hooks fail the run on it.
      await new Promise((resolve) => setImmediate(resolve));
    });
  });
});
