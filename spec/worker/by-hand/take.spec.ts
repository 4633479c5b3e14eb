import { expect } from 'chai';
import { z } from 'zod';
import { codeOf as codeIn } from '../../../lib/code-of.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { DiscardJob, RetryLater } from '../../../lib/errors.ts';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { byHand } from '../../../lib/jobs/by-hand.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import type { Worker } from '../../../lib/worker/worker.ts';
import { buryWorkers } from '../../support/burial.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkerOptions, type SpecWorkers } from '../../support/worker.ts';

const SOON = { waitMs: 200 };

/** The code that a call is refused with; null where it is not. */
const codeOf = async (call: Promise<unknown> | undefined) =>
  call?.then(
    () => null,
    (error: Error) => codeIn(error),
  );

describe('jobs that are taken by hand', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
  });
  afterEach(() => specs.close());

  const definition = () =>
    defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.any(),
      result: z.union([z.string(), z.undefined()]),
      retries: 1,
      backoff: { type: 'fixed', delayMs: 60_000 },
    });
  const taker = (options: Partial<SpecWorkerOptions> = {}): Worker =>
    specs.worker({ handlers: [byHand(definition())], concurrency: 10, ...options });
  const stateOf = async (id: string) => {
    const job = await inspector.job(specs.queue, id);
    return job && { state: job.state, outcome: job.outcome, attempts: job.attempts };
  };
  const countsOf = async () => (await inspector.queue(specs.queue)).counts;
  const idsOf = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id);

  it('are as many as were asked for, in their order, and no more are claimed', async () => {
    const ids = await specs.add(1, 2, 3, 4, 5);
    const worker = taker();

    const first = await worker.take(3);
    const counts = await countsOf();
    const rest = await worker.take(10);

    expect(idsOf(first)).to.deep.equal(ids.slice(0, 3));
    expect(first.map(({ data }) => data)).to.deep.equal([1, 2, 3]);
    expect(counts).to.include({ active: 3, waiting: 2 });
    expect(idsOf(rest)).to.deep.equal(ids.slice(3));
  });

  it('are waited for, and one is given to each call that asks for one; none come after the time', async () => {
    const worker = taker();
    expect(await worker.take(1, SOON)).to.deep.equal([]);

    const calls = [worker.take(1), worker.take(1)];
    const ids = await specs.add('a', 'b');

    expect((await Promise.all(calls)).map(idsOf)).to.have.deep.members(ids.map((id) => [id]));
    await specs.add('c');
    expect(await countsOf()).to.include({ active: 2, waiting: 1 });
  });

  it('are no more than the worker may hold, until one has ended', async () => {
    await specs.add(...Array(5).keys());
    const worker = taker({ concurrency: 2 });
    const held = await worker.take(5);

    const none = await worker.take(5, SOON);
    await held[0]?.succeed();
    const next = await worker.take(5);

    expect([held.length, none.length, next.length]).to.deep.equal([2, 0, 1]);
  });

  it('end as they are told, with all that a handler may do', async () => {
    const [good = '', bad = '', discarded = '', later = ''] = await specs.producer
      .addMany(definition(), [1, 2, 3, 4])
      .then((added) => added.map(({ id }) => id));
    const worker = taker();
    const [one, two, three, four] = await worker.take(4);
    if (!(one && two && three && four)) expect.fail('not all were taken');

    await one.ctx.progress(50);
    await one.succeed('done');
    await two.fail(new Error('no such card'));
    await three.fail(new DiscardJob('never'));
    await four.fail(new RetryLater(60_000));

    expect(await stateOf(good)).to.deep.equal({ state: 'succeeded', outcome: 'succeeded', attempts: 1 });
    expect((await inspector.job(specs.queue, good))?.result).to.equal('done');
    expect(await stateOf(bad)).to.include({ state: 'delayed', attempts: 1 });
    expect((await inspector.job(specs.queue, bad))?.errors[0]?.message).to.equal('no such card');
    expect(await stateOf(discarded)).to.include({ state: 'failed', outcome: 'discarded' });
    expect(await stateOf(later)).to.include({ state: 'delayed', attempts: 0 });
  });

  it('fail by a result that is refused, and who gave it is told', async () => {
    const { id } = await specs.producer.add(definition(), 1);
    const [job] = await taker().take(1);

    expect(await codeOf(job?.succeed(7))).to.equal('JOB_INVALID');
    expect(await stateOf(id)).to.include({ state: 'delayed', attempts: 1 });
  });

  it('end once: a second end is refused and changes nothing', async () => {
    const [id = ''] = await specs.add(1);
    const [job] = await taker().take(1);

    await job?.succeed();

    expect(await codeOf(job?.fail(new Error('late')))).to.equal('JOB_LOST');
    expect(await codeOf(job?.succeed())).to.equal('JOB_LOST');
    expect(await stateOf(id)).to.include({ state: 'succeeded' });
  });

  it('are fenced: an end without a claim is refused, and the job runs elsewhere', async () => {
    const [id = ''] = await specs.add(1);
    const [held] = await taker({ leaseThread: false }).take(1);
    await buryWorkers(specs.client, queueKeys('bq', specs.queue, false));
    const [again] = await taker().take(1);

    expect(again?.id).to.equal(id);
    expect(await codeOf(held?.succeed())).to.equal('JOB_LOST');
    expect((await stateOf(id))?.state).to.equal('active');
    await again?.succeed('by the second');
    expect((await inspector.job(specs.queue, id))?.result).to.equal('by the second');
  });

  it('end by themselves when their time is over, or they are cancelled; an end comes too late then', async () => {
    const timed = await specs.producer.add(definition(), 1, { timeoutMs: 50 });
    const [first] = await taker().take(1);
    await until(async () => (await stateOf(timed.id))?.state === 'delayed', 'it is retried');
    const cancelled = await specs.producer.add(definition(), 2);
    const [second] = await taker().take(1);

    await inspector.cancel(specs.queue, cancelled.id, 'ada');
    await until(async () => (await stateOf(cancelled.id))?.state === 'failed', 'it has ended');

    expect(first?.ctx.signal.aborted).to.be.true;
    expect(await codeOf(first?.succeed())).to.equal('JOB_TIMED_OUT');
    expect(await codeOf(second?.succeed())).to.equal('JOB_CANCELLED');
    expect(await stateOf(cancelled.id)).to.include({ outcome: 'cancelled' });
  });

  it('go back untouched when their worker stops before they have ended', async () => {
    const [id = ''] = await specs.add(1);
    const worker = taker({ shutdownTimeoutMs: 0 });
    const [job] = await worker.take(1);
    const waiting = worker.take(1);

    await worker.stop();

    expect(await waiting).to.deep.equal([]);
    expect(await stateOf(id)).to.deep.equal({ state: 'waiting', outcome: null, attempts: 0 });
    expect(await codeOf(job?.succeed())).to.equal('QUEUE_CLOSED');
    expect(await codeOf(worker.take(1))).to.equal('QUEUE_CLOSED');
  });

  it('may end while their worker stops, which waits for it as for a handler', async () => {
    const [id = ''] = await specs.add(1);
    const worker = taker();
    const [job] = await worker.take(1);

    const stopped = worker.stop();
    await until(() => worker.status !== 'running', 'it stops');
    await job?.succeed();
    await stopped;

    expect(await stateOf(id)).to.include({ state: 'succeeded' });
  });

  it('are shown as what their worker runs, and wait while it is paused', async () => {
    const [id = ''] = await specs.add(1, 2);
    const worker = taker();
    await worker.take(1);
    const infoOf = async () =>
      (await inspector.workers()).find(({ queues }) => queues.some(({ name }) => name === specs.queue));
    await worker.adjust({ paused: true });
    await until(async () => (await infoOf())?.status === 'paused', 'it is said to be paused');

    expect((await infoOf())?.running.map((job) => job.id)).to.deep.equal([id]);
    expect(await worker.take(1, SOON)).to.deep.equal([]);
    const next = worker.take(1);
    await worker.adjust({ paused: false });
    expect(await next).to.have.length(1);
  });

  it('keep the types of their definition for who asks which it is', async () => {
    const Mail = defineJob({ type: 'mail', queue: specs.queue, schema: z.object({ to: z.string() }) });
    await specs.producer.add(Mail, { to: 'ada' });
    const [job] = await taker({ handlers: [byHand(definition()), byHand(Mail)] }).take(1);

    expect(job?.isOf(definition())).to.be.false;
    if (!job?.isOf(Mail)) expect.fail('it is mail');
    const { to }: { to: string } = job.data;
    expect(to).to.equal('ada');
  });

  it('that are gathered late by a schema are handed to the next call', async () => {
    const schema = z.any().refine(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return true;
    });
    const slow = defineJob({ type: 'job', queue: specs.queue, schema });
    const worker = taker({ handlers: [byHand(slow)] });
    const [id = ''] = await specs.add(1);

    const [none, late] = [await worker.take(1, { waitMs: 100 }), await worker.take(1)];

    expect([none.length, late.map((job) => job.id)]).to.deep.equal([0, [id]]);
    await late[0]?.succeed();
  });

  it('are refused by name where they cannot be', async () => {
    const handler = specs.handler(() => null);
    const other = defineJob({ type: 'other', queue: specs.queue, schema: z.any() });

    expect(() => specs.worker({ handlers: [handler, byHand(other)] })).to.throw(
      /other is taken by hand and job has a handler/,
    );
    expect(await codeOf(specs.worker({ handlers: [handler] }).take(1))).to.equal('CONFIG_INVALID');
    for (const [count, options] of [
      [0, {}],
      [1.5, {}],
      [Number.NaN, {}],
      [1, { waitMs: 0 }],
      [1, { waitMs: Number.POSITIVE_INFINITY }],
      [1, { wait: 5 } as object],
    ] as const)
      expect(await codeOf(taker().take(count, options)), String(count)).to.equal('CONFIG_INVALID');
  });
});
