import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { writeLimits } from '../../lib/engine/limits/limits.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { JobFacts } from '../../lib/worker/events.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { recordingLog } from '../support/log.ts';
import { Gate } from '../support/queues.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const ONE_RETRY = { retries: 1, backoff: { type: 'fixed', delayMs: 1 }, timeoutMs: 20 } as const;

describe('an attempt whose time is over', () => {
  let workers: SpecWorkers;
  let gate: Gate;
  let told: string[];

  beforeEach(() => {
    workers = openWorkers();
    gate = new Gate();
    told = [];
  });
  afterEach(async () => {
    gate.open();
    await workers.close();
  });

  const note = (worker: Worker): Worker => {
    const names = ['job:overdue', 'job:retried', 'job:failed', 'job:succeeded', 'job:fenced'] as const;
    for (const name of names)
      worker.events.on(name, ({ attempt }: JobFacts) => told.push(`${name} ${attempt}`));
    return worker;
  };
  const addJob = async (options: object = ONE_RETRY): Promise<string> => {
    const job = { type: 'job', queue: workers.queue, data: 1, options };
    return (await workers.producer.addRaw(job)).id;
  };
  /** What a worker tells comes behind what Redis has, so it is waited for. */
  const expectTold = async (...lines: string[]): Promise<void> => {
    await until(() => told.length >= lines.length, 'it was told of');
    expect(told).to.deep.equal(lines);
  };
  const stateOf = async (id: string) => (await workers.queries().job(id))?.state;
  /** A handler whose first attempt hangs until the gate opens and goes on with `then`; all others return at once. */
  const hangsOnce = (then: (ctx: JobContext) => unknown = () => 'late') =>
    workers.handler(async (_data, ctx) => {
      if (ctx.attempt > 1) return 'in time';
      await gate.pass();
      return then(ctx);
    });

  it('ends the attempt when its time is over, and keeps the slot until the handler ends', async () => {
    const worker = note(workers.worker({ handlers: [hangsOnce()], concurrency: 1 }));
    await worker.start();
    const id = await addJob({ ...ONE_RETRY, retries: 0 });

    await expectTold('job:overdue 1', 'job:failed 1');
    expect(await workers.queries().job(id)).to.deep.include({ state: 'failed' });
    expect(worker.running).to.equal(1);
    const next = await addJob();
    expect(await stateOf(next)).to.equal('waiting');
    gate.open();
    await until(async () => (await stateOf(next)) === 'succeeded', 'the next one has run');
    await expectTold('job:overdue 1', 'job:failed 1', 'job:succeeded 1');
  });

  it('lets the next one start elsewhere, and changes nothing by what its handler does then', async () => {
    const { log, records } = recordingLog();
    const thrown: unknown[] = [];
    const refused = (error: unknown): void => void thrown.push(error);
    const handler = hangsOnce(async (ctx) => {
      await ctx.progress('late');
      await ctx.once('effect', () => 'late').catch(refused);
      await ctx.fencingNumber().catch(refused);
      await ctx.follow(defineJob({ type: 'job', queue: workers.queue, schema: z.any() }), 2).catch(refused);
      throw new Error('too late');
    });
    const first = note(workers.worker({ handlers: [handler], concurrency: 1, log }));
    await first.start();
    const id = await addJob();
    await until(() => told.includes('job:retried 1'), 'it was told of');

    await note(workers.worker({ handlers: [handler], concurrency: 1 })).start();
    await until(async () => (await stateOf(id)) === 'succeeded', 'the other worker has run it');
    const stored = await workers.queries().job(id);
    gate.open();
    await until(() => first.running === 0, 'the slot is free');

    expect(await workers.queries().job(id)).to.deep.equal(stored);
    expect(stored?.record.options.errors?.map(({ code }) => code)).to.deep.equal(['JOB_TIMED_OUT']);
    expect(thrown).to.have.lengthOf(3);
    for (const error of thrown) expect(error).to.include({ code: 'JOB_LOST' });
    const late = records.find(({ message }) => message.startsWith('a handler ended after its attempt'));
    expect(late?.fields).to.include({ id, attempt: 1 });
    expect(late?.fields['err']).to.include({ message: 'too late' });
    await expectTold('job:overdue 1', 'job:retried 1', 'job:succeeded 2');
  });

  it('lets the next one start beside it, in another slot of the worker', async () => {
    const worker = note(workers.worker({ handlers: [hangsOnce()], concurrency: 2 }));
    await worker.start();

    const id = await addJob();

    await until(async () => (await stateOf(id)) === 'succeeded', 'it ran again');
    expect(worker.running).to.equal(1);
    await expectTold('job:overdue 1', 'job:retried 1', 'job:succeeded 2');
  });

  it('says nothing more of a handler that ends by its signal', async () => {
    const byItsSignal = workers.handler(
      (_data, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await note(workers.worker({ handlers: [byItsSignal] })).start();

    await addJob({ ...ONE_RETRY, retries: 0 });

    await expectTold('job:failed 1');
  });

  it('ends at its deadline as expired', async () => {
    await note(workers.worker({ handlers: [hangsOnce()], concurrency: 1 })).start();

    const id = await addJob({ deadlineAt: Date.now() + patiently(500) });

    await expectTold('job:overdue 1', 'job:failed 1');
    expect((await workers.queries().job(id))?.record.options.outcome).to.equal('expired');
  });

  it('ends as cancelled where it was told so before', async () => {
    await note(workers.worker({ handlers: [hangsOnce()], concurrency: 1 })).start();
    const id = await addJob({ ...ONE_RETRY, timeoutMs: patiently(500) });
    await until(() => gate.arrived === 1, 'it runs');

    await new Inspector({ client: workers.client }).cancel(workers.queue, id, 'ada');

    await until(() => told.includes('job:failed 1'), 'it has ended');
    expect((await workers.queries().job(id))?.record.options.outcome).to.equal('cancelled');
  });

  it('is told of as fenced at its end, and not before, where its claim was gone', async () => {
    const worker = note(workers.worker({ handlers: [hangsOnce()], concurrency: 1 }));
    await worker.start();
    // The worker learns of it with a beat, of which there is one a second.
    const id = await addJob({ ...ONE_RETRY, timeoutMs: patiently(4_000) });
    await until(() => gate.arrived === 1, 'it runs');
    await workers.store().remove(id);
    await expectTold('job:overdue 1');
    gate.open();
    await expectTold('job:overdue 1', 'job:fenced 1');
  }).timeout(60_000);

  describe('of a type that asks for its end', () => {
    const patient = (run: (ctx: JobContext) => unknown) => {
      const definition = defineJob({
        ...{ type: 'job', queue: workers.queue, schema: z.any() },
        retryAfterEnd: true,
      });
      return handle(definition, (_data, ctx) => run(ctx));
    };

    it('waits for the end of the handler where its type asks for that', async () => {
      const handler = patient(({ attempt }) => (attempt === 1 ? gate.pass() : 'done'));
      await note(workers.worker({ handlers: [handler], concurrency: 2 })).start();
      const id = await addJob();
      await expectTold('job:overdue 1');
      expect(await stateOf(id)).to.equal('active');
      gate.open();
      await until(async () => (await stateOf(id)) === 'succeeded', 'it ran again');
      await expectTold('job:overdue 1', 'job:retried 1', 'job:succeeded 2');
    });

    it('ends when the grace is over', async () => {
      const handler = patient(() => gate.pass());
      await note(workers.worker({ handlers: [handler], timeoutGraceMs: 20 })).start();

      const id = await addJob({ ...ONE_RETRY, retries: 0 });

      await until(async () => (await stateOf(id)) === 'failed', 'it was given up');
      await expectTold('job:overdue 1', 'job:failed 1');
    });

    it('keeps its key as long', async () => {
      const keys = queueKeys('bq', workers.queue, false);
      const limits = { perKey: { concurrency: 1 } };
      await writeLimits(workers.client, keys, { limits, by: 'spec', at: 1 });
      const handler = patient(({ id }) => (id === first ? gate.pass() : 'done'));
      const first = await addJob({ ...ONE_RETRY, key: 'k', retries: 0 });
      await note(workers.worker({ handlers: [handler], concurrency: 2 })).start();
      await until(() => told.length > 0, 'its time is over');
      const second = await addJob({ key: 'k' });

      expect(await stateOf(second)).to.equal('waiting');
      gate.open();
      await until(async () => (await stateOf(second)) === 'succeeded', 'its key was free');
    });
  });

  it('lets go of its key at once', async () => {
    const keys = queueKeys('bq', workers.queue, false);
    const limits = { perKey: { concurrency: 1 } };
    await writeLimits(workers.client, keys, { limits, by: 'spec', at: 1 });
    const handler = workers.handler(({ hangs }: { hangs: boolean }) => (hangs ? gate.pass() : 'done'));
    const add = async (data: { hangs: boolean }, options: object): Promise<string> => {
      const job = { type: 'job', queue: workers.queue, data, options: { key: 'k', ...options } };
      return (await workers.producer.addRaw(job)).id;
    };
    await add({ hangs: true }, { ...ONE_RETRY, retries: 0 });
    const second = await add({ hangs: false }, {});
    const worker = workers.worker({ handlers: [handler], concurrency: 2 });
    await worker.start();

    await until(async () => (await stateOf(second)) === 'succeeded', 'its key was free');

    expect(worker.running).to.equal(1);
  });
});
