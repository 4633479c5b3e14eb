import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/index.ts';
import { checkIdempotent, runJob, type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';

const Order = defineJob({
  type: 'order',
  queue: 'orders',
  schema: z.string(),
  signals: { approved: z.object({ by: z.string() }) },
});
const DAY_MS = 86_400_000;

describe('signals, in a time of their own', () => {
  let kit: TestApiary;

  const ship = handle(Order, async (_name, ctx) => {
    const approved = await ctx.waitFor('approved', { timeoutMs: DAY_MS });
    return approved.timedOut ? 'nobody' : approved.data.by;
  });
  beforeEach(async () => {
    kit = await testApiary({ handlers: [ship], now: '2030-03-30T12:00:00Z', redis: redisUrl() });
  });
  afterEach(() => kit.close());

  it('let a test send one, and drain', async () => {
    const job = await kit.producer.add(Order, 'tea');
    const [before] = await kit.drain();
    expect(before).to.deep.include({ outcome: 'snoozed', awaits: ['approved'], attempts: 0 });

    await kit.producer.signal(job, 'approved', { by: 'ann' }, { of: Order });
    const [after] = await kit.drain();

    expect(after).to.deep.include({ outcome: 'succeeded', result: 'ann', awaits: [] });
  });

  it('let the time go by in which one does not come', async () => {
    await kit.producer.add(Order, 'tea');
    await kit.drain();

    await kit.advance(DAY_MS - 1);
    expect(await kit.drain()).to.deep.equal([]);
    await kit.advance(1);
    const [report] = await kit.drain();

    expect(report).to.include({ outcome: 'succeeded', result: 'nobody' });
  });

  it('are there for a worker that dies, and for the next', async () => {
    let deaths = 0;
    const dying = handle(Order, async (_name, ctx) => {
      const { data } = await ctx.waitFor('approved', { timeoutMs: DAY_MS });
      if (deaths++ === 0) kit.killWorker();
      return data?.by;
    });
    await kit.close();
    kit = await testApiary({ handlers: [dying], redis: redisUrl() });
    const job = await kit.producer.add(Order, 'tea');
    await kit.drain();
    await kit.producer.signal(job, 'approved', { by: 'bob' });

    const [report] = await kit.drain({ withDelayed: true });

    expect(report).to.include({ outcome: 'succeeded', result: 'bob' });
  });

  it('are given to one handler alone', async () => {
    expect(await runJob(ship, 'tea')).to.deep.include({ outcome: 'snoozed', awaits: ['approved'] });
    const signals = { approved: { by: 'cleo' } };
    expect(await runJob(ship, 'tea', { signals })).to.include({ outcome: 'succeeded', result: 'cleo' });
    await checkIdempotent(ship, 'tea', { signals, observe: () => 1 });
  });
});
