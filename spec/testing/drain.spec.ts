import { expect } from 'chai';
import { z } from 'zod';
import {
  type BoundHandler,
  DiscardJob,
  defineJob,
  handle,
  jobFor,
  type Producer,
  RetryLater,
} from '../../lib/index.ts';
import { type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';

describe('drain', () => {
  const Order = defineJob({
    type: 'order',
    queue: 'orders',
    schema: z.object({ no: z.number() }),
    retries: 1,
  });
  const Mail = defineJob({ type: 'mail', queue: 'mail', schema: z.object({ to: z.string() }) });
  let kit: TestApiary;

  const open = async (handlers: BoundHandler[] | ((parts: { producer: Producer }) => BoundHandler[])) => {
    kit = await testApiary({ handlers, redis: redisUrl() });
    return kit;
  };
  afterEach(() => kit.close());

  it('runs what is due in order and tells what happened to each job', async () => {
    const { producer } = await open(({ producer: own }) => [
      handle(Order, async ({ no }) => {
        if (no === 2) throw new DiscardJob('no such order');
        await own.add(Mail, { to: `customer of ${no}` });
        return `sent ${no}`;
      }),
      handle(Mail, () => undefined),
    ]);
    const first = await producer.add(Order, { no: 1 });
    await producer.add(Order, { no: 2 });

    const ran = await kit.drain();

    expect(ran.map(({ type, outcome, attempts }) => [type, outcome, attempts])).to.deep.equal([
      ['order', 'succeeded', 1],
      ['mail', 'succeeded', 1],
      ['order', 'discarded', 1],
    ]);
    expect(ran[0]).to.include({ id: first.id, queue: 'orders', result: 'sent 1' });
    expect(ran[0]?.added).to.deep.equal([{ id: ran[1]?.id, queue: 'mail', type: 'mail' }]);
    expect(ran[1]?.data).to.deep.equal({ to: 'customer of 1' });
    expect(ran[2]?.errors.map(({ message }) => message)).to.deep.equal(['no such order']);
    expect(await kit.inspector.job('orders', first.id)).to.include({ state: 'succeeded', result: 'sent 1' });
  });

  it('leaves a retry to its time, and goes on to it when asked to', async () => {
    const { producer } = await open([
      handle(Order, (_data, { attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      }),
    ]);
    await producer.add(Order, { no: 1 });
    const begin = kit.now();

    const [first] = await kit.drain();
    const [second] = await kit.drain({ withDelayed: true });

    expect(first).to.include({ outcome: 'retrying', attempts: 1 });
    expect(first?.runsAt).to.deep.equal(new Date(begin.getTime() + 1_000));
    expect(second).to.include({ outcome: 'succeeded', attempts: 2, runsAt: null });
    expect(kit.now()).to.deep.equal(first?.runsAt);
  });

  it('tells in one report of all attempts that it ran', async () => {
    const { producer } = await open([
      handle(Order, ({ no }, { attempt }) => {
        if (no === 1 && attempt === 1) throw new RetryLater(60_000);
        throw new Error(`broken ${attempt}`);
      }),
    ]);
    await producer.add(Order, { no: 2 });

    const ran = await kit.drain({ withDelayed: true });

    expect(ran).to.have.length(1);
    expect(ran[0]).to.include({ outcome: 'failed', attempts: 2 });
    expect(ran[0]?.errors.map(({ message }) => message)).to.deep.equal(['broken 1', 'broken 2']);
  });

  it('follows chains and what a handler lets follow', async () => {
    const Late = defineJob({ type: 'late', queue: 'late', schema: z.object({}) });
    const { producer } = await open([
      handle(Order, async (_data, ctx) => void (await ctx.follow(Late, {}))),
      handle(Mail, () => undefined),
      handle(Late, () => undefined),
    ]);
    await producer.addChain([jobFor(Order, { no: 1 }), jobFor(Mail, { to: 'ada' })]);

    const ran = await kit.drain();

    expect(ran.map(({ type }) => type)).to.have.members(['order', 'mail', 'late']);
    expect(ran[0]?.added.map(({ type }) => type)).to.deep.equal(['late', 'mail']);
  });

  it('runs what is due once by runDue, and leaves what that adds', async () => {
    const { producer } = await open(({ producer: own }) => [
      handle(Order, async () => void (await own.add(Mail, { to: 'ada' }))),
      handle(Mail, () => undefined),
    ]);
    await producer.add(Order, { no: 1 });
    await producer.add(Order, { no: 2 });

    expect((await kit.runDue()).map(({ type }) => type)).to.deep.equal(['order', 'order']);
    expect((await kit.runDue()).map(({ type }) => type)).to.deep.equal(['mail', 'mail']);
    expect(await kit.runDue()).to.deep.equal([]);
  });

  it('tells a job to stop that is cancelled while it runs', async () => {
    const { producer, inspector } = await open([
      handle(Order, async (_data, ctx) => {
        await inspector.cancel(ctx.queue, ctx.id, 'spec');
        ctx.signal.throwIfAborted();
      }),
    ]);
    const { id } = await producer.add(Order, { no: 1 });

    const [ran] = await kit.drain();

    expect(ran).to.include({ outcome: 'cancelled' });
    expect(await inspector.job('orders', id)).to.include({ state: 'failed', outcome: 'cancelled' });
  });

  it('names a handler that does not end', async () => {
    const { producer } = await open([handle(Order, () => new Promise(() => undefined))]);
    const { id } = await producer.add(Order, { no: 1 });

    const refusal = await rejection(kit.drain({ handlerMs: 20 }));

    expect(refusal).to.include({ code: 'WAIT_TIMED_OUT' });
    expect(refusal.message).to.include(
      `the handler of job ${id} of type order in queue orders has not ended`,
    );
    expect(await kit.inspector.job('orders', id)).to.include({ state: 'waiting' });
  });

  it('says which handler is missing for a job that is due', async () => {
    const { producer } = await open([handle(Order, () => undefined)]);
    await producer.add(Mail, { to: 'ada' });

    const refusal = await rejection(kit.drain());

    expect(refusal).to.include({ code: 'HANDLER_INVALID' });
    expect(refusal.message).to.include(
      'add handle(…) for mail to the handlers of testApiary, which are: order',
    );
  });

  it('gives up on jobs that make each other without end', async () => {
    const { producer } = await open(({ producer: own }) => [
      handle(Order, async ({ no }) => void (await own.add(Order, { no: no + 1 }))),
    ]);
    await producer.add(Order, { no: 1 });

    expect((await rejection(kit.drain({ mostAttempts: 50 }))).message).to.include('50 attempts and no end');
  });

  it('keeps tests on one Redis apart, and leaves nothing behind', async () => {
    const { producer } = await open([handle(Order, () => undefined)]);
    const other = await testApiary({ handlers: [handle(Order, () => undefined)], redis: redisUrl() });
    await producer.add(Order, { no: 1 });

    expect(await other.drain()).to.deep.equal([]);
    expect(await kit.drain()).to.have.length(1);
    await other.close();
  });

  it('refuses two drains at once, and everything after close', async () => {
    await open([handle(Order, () => undefined)]);
    const first = kit.drain();

    expect((await rejection(kit.drain())).message).to.include('another drain()');
    await first;
    await kit.close();
    for (const call of [() => kit.drain(), () => kit.runDue(), () => kit.advance('1h')])
      expect(await rejection(call())).to.include({ code: 'QUEUE_CLOSED' });
  });
});
