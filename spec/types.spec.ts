import { once } from 'node:events';
import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../lib/jobs/define.ts';
import { schedule } from '../lib/jobs/schedule.ts';
import { refusal, rejection } from './support/refusal.ts';
import { patiently } from './support/wait.ts';
import { openWorkers, type SpecWorkers } from './support/worker.ts';

/** Holds for the compiler alone, which `npm run lint` asks: what is wrong here compiles nowhere, and is refused too. */
describe('what the compiler refuses', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  const Tidy = defineJob({ type: 'tidy', schema: z.object({ room: z.string() }) });
  const given = { name: 'nightly', data: { room: 'hall' } };
  const counting = () =>
    defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.object({ n: z.number() }),
      result: z.object({ doubled: z.number() }),
      retries: 0,
    });

  it('is a schedule without a time, or with two', () => {
    // @ts-expect-error -- neither cron nor everyMs
    expect(refusal(() => schedule(Tidy, given)).code).to.equal('JOB_INVALID');
    // @ts-expect-error -- both
    expect(refusal(() => schedule(Tidy, { ...given, cron: '@daily', everyMs: 60_000 })).code).to.equal(
      'JOB_INVALID',
    );
    expect(schedule(Tidy, { ...given, everyMs: 60_000 }).schedule.name).to.equal('nightly');
  });

  it('is a sub-workflow with wrong data, after what is no step, or with an option of a job', async () => {
    const Count = counting();
    const Sum = defineJob({
      type: 'sum',
      queue: specs.queue,
      schema: z.any(),
      reads: { 'all/n': Count, '../n': Count },
    });
    handle(Sum, (_data, ctx) => {
      const sum: number = ctx.results['all/n'].doubled + ctx.results['../n'].doubled;
      // @ts-expect-error -- a text where a number is
      const text: string = ctx.results['all/n'].doubled;
      return text + sum;
    });
    const adding = specs.producer.addWorkflow(({ job, workflow }) => {
      const all = workflow('all', (inner) => {
        // @ts-expect-error -- a text where a number is to be
        inner.job('n', Count, { n: 'one' });
      });
      // @ts-expect-error -- a name where a step is to be
      const one = refusal(() => workflow('one', () => undefined, { after: ['all'] }));
      // @ts-expect-error -- it is no job, and has no retries
      const two = refusal(() => workflow('two', () => undefined, { after: [all], retries: 1 }));
      // @ts-expect-error -- a rule that is none
      const three = refusal(() => job('three', Count, { n: 1 }, { after: [all], when: 'done' }));
      for (const error of [one, two, three]) expect(error.code).to.equal('JOB_INVALID');
    });

    expect((await rejection(adding)).code).to.equal('JOB_INVALID');
  });

  it('is a signal that the definition does not name, or with other data', async () => {
    const Order = defineJob({
      type: 'order',
      queue: specs.queue,
      schema: z.string(),
      signals: { approved: z.object({ by: z.string() }) },
    });
    const { producer } = specs;
    const { id } = await producer.add(Order, 'tea', { delayMs: 3_600_000 });
    handle(Order, async (_data, ctx) => {
      const { timedOut, data } = await ctx.waitFor('approved', { timeoutMs: 1_000 });
      // @ts-expect-error -- there are none where the time was over
      const by: string = data.by;
      // @ts-expect-error -- a name that the definition has not
      await ctx.waitFor('aproved', { timeoutMs: 1_000 });
      // @ts-expect-error -- without a time
      await ctx.waitFor('approved');
      return timedOut ? by : data.by.length;
    });

    // @ts-expect-error -- a number where a text is to be
    const wrong = await rejection(producer.signal(id, 'approved', { by: 1 }, { of: Order }));
    // @ts-expect-error -- a name that the definition has not
    const unknown = await rejection(producer.signal(id, 'aproved', { by: 'ann' }, { of: Order }));
    expect([wrong.code, unknown.code]).to.deep.equal(['JOB_INVALID', 'JOB_INVALID']);
    expect(await producer.signal(id, 'approved', { by: 'ann' }, { of: Order })).to.include({ created: true });
  });

  it('is a group of a type that gathers none', async () => {
    // @ts-expect-error -- the definition says no group
    const adding = specs.producer.add(Tidy, { room: 'hall' }, { group: 'g' });

    expect((await rejection(adding)).code).to.equal('JOB_INVALID');
    const Grouped = defineJob({ type: 'grouped', queue: specs.queue, schema: z.number(), group: {} });
    expect(await specs.producer.add(Grouped, 1, { group: 'g', delayMs: 3_600_000 })).to.include({
      created: true,
    });
  });

  it('is a result of another type than the definition says, which fails the attempt too', async () => {
    // @ts-expect-error -- a text where a number is to be
    const wrong = handle(counting(), () => ({ doubled: 'four' }));
    const worker = specs.worker({ handlers: [wrong] });
    const failed = once(worker.events, 'job:failed');
    await worker.start();
    await specs.producer.add(counting(), { n: 2 });

    const [{ error }] = (await failed) as [{ error: Error }];
    expect(error).to.include({
      code: 'JOB_INVALID',
      message: 'the result of job is not valid: doubled: Invalid input: expected number, received string',
    });
  });

  it('is another use of an awaited result than its type allows', async () => {
    await specs.worker({ handlers: [handle(counting(), ({ n }) => ({ doubled: 2 * n }))] }).start();
    const added = await specs.producer.add(counting(), { n: 2 });

    const end = await specs.producer.waitFor(added, { timeoutMs: patiently(20_000) });

    await specs.producer.close();
    if (end.outcome !== 'succeeded') throw new Error('it was to succeed');
    // @ts-expect-error -- there is no such field
    expect(end.result.tripled).to.equal(undefined);
    const doubled: number = end.result.doubled;
    expect(doubled).to.equal(4);
  });

  it('is a result that JSON cannot hold', () => {
    const parts = { type: 'sum', schema: z.number() };

    // @ts-expect-error -- a bigint within
    defineJob({ ...parts, result: z.object({ sums: z.array(z.bigint()) }) });
    // @ts-expect-error -- a Map
    defineJob({ ...parts, result: z.map(z.string(), z.number()) });
    defineJob({ ...parts, result: z.object({ at: z.iso.datetime(), of: z.array(z.string()).optional() }) });
  });

  it('is data of another type than was given in the place of a schema', async () => {
    const Send = defineJob<{ to: string }>({ type: 'job', queue: specs.queue });

    // @ts-expect-error -- nothing checks it when it runs
    await specs.producer.add(Send, { to: 1 });
    await specs.producer.add(Send, { to: 'ada' });

    expect(await specs.waiting()).to.deep.equal([{ to: 1 }, { to: 'ada' }]);
  });
});
