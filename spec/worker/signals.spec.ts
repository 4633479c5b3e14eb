import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { SignalSweeper } from '../../lib/engine/signals/signal-sweeper.ts';
import { AwaitsSignal } from '../../lib/errors.ts';
import { Inspector, type JobInfo, type JobState } from '../../lib/inspector/inspector.ts';
import { defineJob, type HandlerFunction, handle } from '../../lib/jobs/define.ts';
import type { AddOptions } from '../../lib/jobs/options.ts';
import type { SignalWaitOptions, WaitedSignal } from '../../lib/jobs/signals.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const LONG: SignalWaitOptions = { timeoutMs: 600_000 };

describe('ctx.waitFor', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client });
  });
  afterEach(() => workers.close());

  const order = () =>
    defineJob({
      type: 'order',
      queue: workers.queue,
      schema: z.any(),
      retries: 0,
      signals: { approved: z.object({ by: z.string() }), paid: z.any() },
    });
  type Signals = NonNullable<ReturnType<typeof order>['signals']>;
  type Run = HandlerFunction<unknown, Readonly<Record<string, unknown>>, unknown, Signals>;
  const start = (run: Run, more: object = {}) =>
    workers.worker({ handlers: [handle(order(), run)], concurrency: 1, ...more }).start();
  const add = async (options: AddOptions = {}) => (await workers.producer.add(order(), {}, options)).id;
  const signal = (id: string, name: string, data?: unknown) =>
    workers.producer.signal({ id, queue: workers.queue }, name, data);
  const infoOf = async (id: string): Promise<JobInfo> => {
    const info = await inspector.job(workers.queue, id);
    if (info === null) throw new Error(`there is no job ${id}`);
    return info;
  };
  const untilIs = async (id: string, ...states: JobState[]): Promise<JobInfo> => {
    await until(async () => states.includes((await infoOf(id)).state), `job ${id} is ${states.join(' or ')}`);
    return infoOf(id);
  };
  const untilAwaits = (id: string, name: string): Promise<void> =>
    until(async () => (await infoOf(id)).awaits?.includes(name) === true, `job ${id} waits for ${name}`);
  const keptSignals = () => workers.client.hkeys(queueKeys('bq', workers.queue, false).signals);

  it('holds no slot and spends no retry, and goes on with the data when the signal has come', async () => {
    const attempts: number[] = [];
    await start(async (data, ctx) => {
      if (data === 'other') return 'other';
      attempts.push(ctx.attempt);
      const { data: by } = await ctx.waitFor('approved', LONG);
      return by;
    });
    const id = await add();
    await untilAwaits(id, 'approved');

    const other = await workers.producer.add(order(), 'other');
    expect((await untilIs(other.id, 'succeeded')).result).to.equal('other');
    expect(await signal(id, 'approved', { by: 'ann' })).to.deep.equal({
      id,
      queue: workers.queue,
      signal: 'approved',
      created: true,
    });

    const info = await untilIs(id, 'succeeded');
    expect([info.result, info.attempts, info.errors]).to.deep.equal([{ by: 'ann' }, 1, []]);
    expect(attempts).to.deep.equal([1, 1]);
    expect(await keptSignals(), 'nothing is left of them').to.deep.equal([]);
  });

  it('has a signal that came before the wait', async () => {
    let runs = 0;
    const id = await add();
    await signal(id, 'approved', { by: 'bob' });
    await start(async (_data, ctx) => {
      runs++;
      return (await ctx.waitFor('approved', LONG)).data;
    });

    expect((await untilIs(id, 'succeeded')).result).to.deep.equal({ by: 'bob' });
    expect(runs).to.equal(1);
  });

  it('has data in which there are breaks of lines that JSON lets stand', async () => {
    await start(async (_data, ctx) => (await ctx.waitFor('paid', LONG)).data);
    const id = await add();
    await untilAwaits(id, 'paid');
    const data = { 'a\u2028b': 'c\u2029d\r\n' };

    await signal(id, 'paid', data);

    expect((await untilIs(id, 'succeeded')).result).to.deep.equal(data);
  });

  it('does not run again and again where a signal stands there that it cannot have', async () => {
    let runs = 0;
    await start(async (_data, ctx) => {
      if (ctx.id === 'last') return 'ran';
      runs++;
      return ctx.waitFor('paid', LONG);
    });
    const [soon, broken] = [await add({ id: 'soon' }), await add({ id: 'broken' })];
    for (const id of [soon, broken]) await untilAwaits(id, 'paid');
    const { signals } = queueKeys('bq', workers.queue, false);
    const wait = (await workers.client.hget(signals, soon)) ?? '';
    const later = Date.now() + 10 * LONG.timeoutMs;

    // As after the clock of Redis was put back, and as another program may write it.
    await workers.client.hset(signals, soon, `${wait}\npaid ${later} token 1`);
    await workers.client.hset(signals, broken, `${wait}\npaid `);
    for (const id of [soon, broken]) await inspector.promote(workers.queue, id);
    await until(() => runs === 4, 'both have looked once more');
    await add({ id: 'last' });
    await untilIs('last', 'succeeded');

    expect(runs).to.equal(4);
    expect([(await infoOf(soon)).state, (await infoOf(broken)).state]).to.deep.equal(['delayed', 'delayed']);
  });

  it('has a signal that came while the handler ran, before it waited', async () => {
    await start(async (_data, ctx) => {
      await signal(ctx.id, 'approved', { by: 'cleo' });
      return (await ctx.waitFor('approved', LONG)).data;
    });

    expect((await untilIs(await add(), 'succeeded')).result).to.deep.equal({ by: 'cleo' });
  });

  it('is woken by a signal that comes between its look and the end of its attempt', async () => {
    await start(async (_data, ctx) => {
      try {
        return (await ctx.waitFor('approved', LONG)).data;
      } catch (error) {
        await signal(ctx.id, 'approved', { by: 'dora' });
        throw error;
      }
    });

    expect((await untilIs(await add(), 'succeeded')).result).to.deep.equal({ by: 'dora' });
  });

  it('says that the time was over, and says so in each attempt after, whatever comes then', async () => {
    const seen: WaitedSignal[] = [];
    await start(async (_data, ctx) => {
      seen.push(await ctx.waitFor('approved', { timeoutMs: 20 }));
      if (seen.length === 1) throw new Error('and once more');
    });
    const id = await add({ retries: 1, backoff: { type: 'fixed', delayMs: 400 } });
    await until(async () => (await infoOf(id)).errors.length === 1, 'the first attempt has failed');

    expect(await signal(id, 'approved', { by: 'late' })).to.include({ created: true });
    expect((await infoOf(id)).state, 'it does not cut the back-off short').to.equal('delayed');
    await untilIs(id, 'succeeded');

    const over = { timedOut: true, data: null, at: null };
    expect(seen).to.deep.equal([over, over]);
  });

  it('waits until the same time however often it is run meanwhile', async () => {
    let runs = 0;
    await start(async (_data, ctx) => {
      runs++;
      await ctx.waitFor('approved', LONG);
    });
    const id = await add();
    await untilAwaits(id, 'approved');
    const { runAt } = (await infoOf(id)).options;

    await inspector.promote(workers.queue, id);
    await until(() => runs === 2, 'it has run again');
    await untilAwaits(id, 'approved');

    expect((await infoOf(id)).options.runAt).to.equal(runAt);
  });

  it('gives each attempt what the one before had', async () => {
    const seen: unknown[] = [];
    await start(async (_data, ctx) => {
      const { data, at } = await ctx.waitFor('approved', LONG);
      seen.push([data, at]);
      if (seen.length < 3) throw new Error('again');
    });
    const id = await add({ retries: 2, backoff: { type: 'fixed', delayMs: 1 } });
    await untilAwaits(id, 'approved');
    await signal(id, 'approved', { by: 'eve' });
    await untilIs(id, 'succeeded');

    expect(seen).to.have.length(3);
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).to.equal(1);
  });

  it('takes one wait after the other', async () => {
    await start(async (_data, ctx) => {
      const { data: approved } = await ctx.waitFor('approved', LONG);
      const { data: paid } = await ctx.waitFor('paid', LONG);
      return { approved, paid };
    });
    const id = await add();
    await untilAwaits(id, 'approved');
    await signal(id, 'approved', { by: 'fay' });
    await untilAwaits(id, 'paid');
    expect((await infoOf(id)).awaits).to.deep.equal(['paid']);
    await signal(id, 'paid', 12);

    expect((await untilIs(id, 'succeeded')).result).to.deep.equal({ approved: { by: 'fay' }, paid: 12 });
  });

  it('begins a wait of its own where it waits for a name again', async () => {
    const seen: boolean[][] = [];
    await start(async (_data, ctx) => {
      const first = await ctx.waitFor('paid', { timeoutMs: 10 });
      const second = await ctx.waitFor('paid', LONG);
      seen.push([first.timedOut, second.timedOut]);
    });
    const id = await add();
    await until(async () => (await infoOf(id)).options.runAt !== null, 'it waits');
    await until(
      async () => ((await infoOf(id)).options.runAt ?? 0) > Date.now() + 60_000,
      'for the second time',
    );
    await signal(id, 'paid');
    await untilIs(id, 'succeeded');

    expect(seen).to.deep.equal([[true, false]]);
  });

  it('waits for all of several at once, one after the other or all together', async () => {
    await start(async (_data, ctx) => {
      const both = await Promise.all([ctx.waitFor('approved', LONG), ctx.waitFor('paid', LONG)]);
      return both.map(({ data }) => data);
    });
    const id = await add();
    await until(async () => (await infoOf(id)).awaits?.length === 2, 'it waits for both');
    await signal(id, 'paid', 1);
    await until(async () => (await infoOf(id)).awaits?.length === 1, 'it waits for one');
    await signal(id, 'approved', { by: 'gus' });

    expect((await untilIs(id, 'succeeded')).result).to.deep.equal([{ by: 'gus' }, 1]);
  });

  it('keeps the first signal of a name', async () => {
    const id = await add();
    expect(await signal(id, 'paid', 1)).to.include({ created: true });
    expect(await signal(id, 'paid', 2)).to.include({ created: false });
    await start(async (_data, ctx) => (await ctx.waitFor('paid', LONG)).data);

    expect((await untilIs(id, 'succeeded')).result).to.equal(1);
  });

  it('ends with a cancel, after which no signal is taken', async () => {
    await start(async (_data, ctx) => void (await ctx.waitFor('paid', LONG)));
    const id = await add();
    await untilAwaits(id, 'paid');

    expect(await inspector.cancel(workers.queue, id, 'ops')).to.deep.equal({ done: true, was: 'delayed' });
    expect((await infoOf(id)).outcome).to.equal('cancelled');
    expect((await rejection(signal(id, 'paid'))).code).to.equal('JOB_STATE_FORBIDS');
  });

  it('ends at the deadline of its job', async () => {
    await start(async (_data, ctx) => void (await ctx.waitFor('paid', LONG)));
    const id = await add({ deadlineAt: Date.now() + 300 });

    expect((await untilIs(id, 'failed')).outcome).to.equal('expired');
  });

  it('keeps its unique key, and no slot of its key', async () => {
    await workers.producer
      .add(order(), {}, { id: 'limited' })
      .then(({ id }) => inspector.remove(workers.queue, id));
    await inspector.limits.set(workers.queue, { perKey: { concurrency: 1 } }, 'ops');
    await start(async (data, ctx) => (data === 'other' ? 1 : void (await ctx.waitFor('paid', LONG))));
    const id = await add({ key: 'acme', unique: { key: 'one' } });
    await untilAwaits(id, 'paid');

    const other = await workers.producer.add(order(), 'other', { key: 'acme' });
    await untilIs(other.id, 'succeeded');
    expect(await workers.producer.add(order(), {}, { unique: { key: 'one' } })).to.include({
      id,
      created: false,
    });
    await signal(id, 'paid');
    await untilIs(id, 'succeeded');
  });

  it('has the signals of its own job, and not those of one that had its id before', async () => {
    const id = await add({ id: 'again' });
    await signal(id, 'paid', 'old');
    await inspector.remove(workers.queue, id);
    await until(
      async () => (await workers.producer.add(order(), {}, { id, runAt: Date.now() - 1 })).created,
      'it is there',
    );
    await start(async (_data, ctx) => (await ctx.waitFor('paid', LONG)).data);
    await untilAwaits(id, 'paid');
    expect(await signal(id, 'paid', 'new')).to.include({ created: true });

    expect((await untilIs(id, 'succeeded')).result).to.equal('new');
  });

  it('is there for a job that is retried by hand, but for waits that were in vain', async () => {
    const seen: unknown[] = [];
    await start(async (_data, ctx) => {
      const { data } = await ctx.waitFor('approved', LONG);
      const { timedOut } = await ctx.waitFor('paid', { timeoutMs: seen.length === 0 ? 5 : 600_000 });
      seen.push([data, timedOut]);
      if (timedOut) throw new Error('not paid');
    });
    const id = await add();
    await signal(id, 'approved', { by: 'hal' });
    await untilIs(id, 'failed');

    await inspector.retry(workers.queue, id);
    await untilAwaits(id, 'paid');
    await signal(id, 'paid');
    await untilIs(id, 'succeeded');

    expect(seen).to.deep.equal([
      [{ by: 'hal' }, true],
      [{ by: 'hal' }, false],
    ]);
  });

  it('says what it waits for where somebody asks why', async () => {
    const told: unknown[] = [];
    const worker = workers.worker({
      handlers: [handle(order(), async (_data, ctx) => void (await ctx.waitFor('paid', LONG)))],
    });
    worker.events.on('job:snoozed', ({ id, signals }) => told.push([id, signals]));
    await worker.start();
    const id = await add();
    await untilAwaits(id, 'paid');
    const [reason] = await inspector.why(workers.queue, id);

    expect(reason).to.include({ reason: 'awaits-signals' });
    expect(reason?.text).to.match(/^it waits for the signal paid, until \S+ at most$/);
    await until(() => told.length > 0, 'it is told');
    expect(told).to.deep.equal([[id, ['paid']]]);
  });

  it('is thrown as what ends the attempt, and rejects with what is wrong', async () => {
    const thrown: unknown[] = [];
    const attempt = async (act: () => Promise<unknown>) =>
      act().catch((error: unknown) => thrown.push(error));
    await start(async (_data, ctx) => {
      const waitFor = ctx.waitFor as (name: unknown, options?: unknown) => Promise<unknown>;
      await attempt(() => waitFor.call(ctx, 'other', LONG));
      await attempt(() => waitFor.call(ctx, 'paid'));
      await attempt(() => waitFor.call(ctx, 'paid', { timeoutMs: 0 }));
      await attempt(() => waitFor.call(ctx, 'paid', LONG));
      return 'went on';
    });
    const id = await add();

    expect((await untilIs(id, 'succeeded')).result).to.equal('went on');
    const codes = thrown.map((error) =>
      error instanceof AwaitsSignal ? 'awaits' : Reflect.get(Object(error), 'code'),
    );
    expect(codes).to.deep.equal(['JOB_INVALID', 'JOB_INVALID', 'JOB_INVALID', 'awaits']);
  });

  it('discards a job whose signal its definition refuses: no other attempt would find another', async () => {
    await start(async (_data, ctx) => (await ctx.waitFor('approved', LONG)).data);
    const id = await add({ retries: 3 });
    await untilAwaits(id, 'approved');
    await signal(id, 'approved', { by: 7 });

    const info = await untilIs(id, 'failed');
    expect(info.outcome).to.equal('discarded');
    expect(info.errors[0]?.message).to.match(/signal approved of order.*by/);
  });

  it('leaves nothing behind of signals that nobody waited for', async () => {
    await start(async () => 'done');
    const id = await add({ delayMs: 600_000 });
    await signal(id, 'paid');
    const kept = await add({ delayMs: 600_000 });
    await signal(kept, 'paid');
    await inspector.promote(workers.queue, id);
    await untilIs(id, 'succeeded');

    await new SignalSweeper().sweep({ client: workers.client, keys: queueKeys('bq', workers.queue, false) });
    expect(await keptSignals()).to.deep.equal([kept]);
  });

  it('ends a step of a workflow with its cancel, and lets what comes after it wait', async () => {
    await start(async (data, ctx) => (data === 'gate' ? (await ctx.waitFor('paid', LONG)).data : 'after'));
    const flow = () =>
      workers.producer.addWorkflow(({ job }) => {
        const gate = job('gate', order(), 'gate');
        job('after', order(), 'after', { after: [gate] });
      });
    const [one, other] = await Promise.all([flow(), flow()]);
    for (const { jobs } of [one, other]) await untilAwaits(jobs['gate']?.id ?? '', 'paid');
    expect((await inspector.workflow(one.id))?.steps.map(({ state }) => state)).to.deep.equal([
      'delayed',
      'awaiting',
    ]);

    await signal(one.jobs['gate']?.id ?? '', 'paid');
    await inspector.workflows.cancel(other.queue, other.id, 'ops');

    await until(async () => (await inspector.workflow(one.id))?.state === 'succeeded', 'the one has ended');
    expect((await inspector.workflow(other.id))?.steps.map(({ state }) => state)).to.deep.equal([
      'failed',
      'skipped',
    ]);
  });
});
