import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob, defineJob, handle, handleGroup, RetryAfter, RetryLater } from '../../lib/index.ts';
import { runJob } from '../../lib/testing/index.ts';
import { rejection } from '../support/refusal.ts';

describe('runJob', () => {
  const Greet = defineJob({
    type: 'greet',
    queue: 'greetings',
    schema: z.object({ name: z.string().trim() }),
    retries: 2,
    backoff: { type: 'exponential', delayMs: 1_000 },
  });
  const now = new Date('2030-01-01T00:00:00Z');

  it('runs a handler with its data parsed and a whole context', async () => {
    const greet = handle(Greet, async ({ name }, ctx) => {
      await ctx.progress(50);
      await ctx.follow(Greet, { name: 'bob' });
      return `${ctx.headers['word']} ${name}, ${await ctx.once('gift', () => 'a book')}`;
    });

    const ran = await runJob(greet, { name: ' ada ' }, { headers: { word: 'Hello' } });

    expect(ran).to.include({
      outcome: 'succeeded',
      result: 'Hello ada, a book',
      attempts: 1,
      queue: 'greetings',
    });
    expect(ran.progress).to.deep.equal([50]);
    expect(ran.once).to.deep.equal({ gift: 'a book' });
    expect(ran.added.map(({ type }) => type)).to.deep.equal(['greet']);
  });

  it('decides as the engine would: retries, the last of them, and what a handler throws', async () => {
    const failing = (thrown: unknown) =>
      handle(Greet, () => {
        throw thrown;
      });
    const afterMs = (ms: number) => new Date(now.getTime() + ms);
    const run = (thrown: unknown, attempt: number) =>
      runJob(failing(thrown), { name: 'a' }, { attempt, now });

    expect(await run(new Error('no'), 1)).to.deep.include({ outcome: 'retrying', runsAt: afterMs(1_000) });
    expect(await run(new Error('no'), 2)).to.deep.include({ outcome: 'retrying', runsAt: afterMs(2_000) });
    expect(await run(new Error('no'), 3)).to.include({ outcome: 'failed', runsAt: null, attempts: 3 });
    expect(await run(new DiscardJob('never'), 1)).to.include({ outcome: 'discarded' });
    expect(await run(new RetryLater(5_000), 1)).to.deep.include({
      outcome: 'snoozed',
      runsAt: afterMs(5_000),
    });
    expect(await run(new RetryAfter('busy', 9_000), 1)).to.deep.include({
      outcome: 'retrying',
      runsAt: afterMs(9_000),
    });
    expect((await run(new Error('no'), 1)).errors.map(({ message }) => message)).to.deep.equal(['no']);
  });

  it('discards data that do not fit', async () => {
    const ran = await runJob(
      handle(Greet, () => 'never'),
      { name: 5 },
    );

    expect(ran.outcome).to.equal('discarded');
    expect(ran.errors[0]?.message).to.include('data of greet is not valid: name');
  });

  it('knows what attempts before have done once', async () => {
    let gifts = 0;
    const greet = handle(Greet, (_data, ctx) => ctx.once('gift', () => ++gifts));

    expect(await runJob(greet, { name: 'a' }, { attempt: 2, once: { gift: 7 } })).to.include({ result: 7 });
    expect(gifts).to.equal(0);
  });

  it('aborts the signal with the reason that it is told', async () => {
    const greet = handle(Greet, (_data, ctx) => {
      controller.abort('shutdown');
      ctx.signal.throwIfAborted();
    });
    let controller = new AbortController();

    expect(await runJob(greet, { name: 'a' }, { signal: controller.signal })).to.include({
      outcome: 'interrupted',
      attempts: 0,
    });
    controller = new AbortController();
    controller.abort();
    expect(await runJob(greet, { name: 'a' }, { signal: controller.signal })).to.include({
      outcome: 'cancelled',
    });
  });

  it('ends an attempt by its timeout', async () => {
    const greet = handle(
      Greet,
      (_data, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );

    const ran = await runJob(greet, { name: 'a' }, { timeoutMs: 5, retries: 0 });

    expect(ran.errors[0]).to.include({ code: 'JOB_TIMED_OUT' });
  });

  it('gives a handler of groups a list of one, and what a job has of its chain and schedule', async () => {
    const Tell = defineJob({ type: 'tell', schema: z.object({}), group: {} });
    const tell = handleGroup(Tell, (jobs, ctx) => [jobs.length, ctx.previous, ctx.schedule]);
    const schedule = { name: 'daily', tick: 5 };

    expect((await runJob(tell, {}, { previous: 'p', schedule })).result).to.deep.equal([1, 'p', schedule]);
  });

  it('refuses what is no handler, no attempt and no option', async () => {
    const greet = handle(Greet, () => undefined);

    expect((await rejection(runJob(Object.create(null), {}))).message).to.include('takes what handle(…)');
    expect((await rejection(runJob(greet, {}, { attempt: 0 }))).message).to.include('from 1 up');
    expect(await rejection(runJob(greet, {}, { retries: -1 }))).to.include({ code: 'JOB_INVALID' });
  });
});
