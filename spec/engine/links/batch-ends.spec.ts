import { expect } from 'chai';
import { type Outcome, settlementArgs } from '../../../lib/engine/record/settlement.ts';
import { archiveAll, removeAll, retryAll } from '../../../lib/engine/repairs/bulk.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import type { SessionOptions } from '../../../lib/engine/session/session.ts';
import { addBatch, batchOf, queueOf } from '../../support/batch.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const NOTE = { by: 'ops', at: 5_000 };
const failedAs = (as: 'failed' | 'discarded' | 'cancelled' | 'expired' | 'lost'): Outcome => ({
  kind: 'failed',
  error: new Error('no luck'),
  as,
});

describe('a batch, by the ends of its members', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const deps = () => ({ ...engine, queue: queueOf(engine) });

  /** Runs the member that is next, and ends it so. */
  const runOne = async (outcome: Outcome, options: Partial<SessionOptions> = {}) => {
    const session = engine.session(options);
    const [taken] = await take(session, 1);
    if (!taken) throw new Error('nothing waits');
    await settle(session, [taken, outcome]);
    return taken.id;
  };

  const waitsLast = async () => (await engine.waiting()).includes('last');

  for (const [name, end] of [
    ['failed', () => runOne(failedAs('failed'))],
    ['was discarded', () => runOne(failedAs('discarded'))],
    ['was cancelled while it ran', () => runOne(failedAs('cancelled'))],
    ['expired', () => runOne(failedAs('expired'))],
    ['was lost', () => runOne(failedAs('lost'))],
    ['was cancelled while it waited', () => cancelJob(engine, 'a', NOTE)],
    ['was archived', () => archiveJob(engine, 'a', NOTE)],
    [
      'was archived with many',
      () => archiveAll(deps(), { state: 'waiting', filter: { type: 'spec.a' }, note: NOTE }),
    ],
  ] as const) {
    it(`counts one that ${name} as failed, and as one that can be retried`, async () => {
      await addBatch(engine, { members: ['a', 'b'], when: 'ended' });
      await typed('a');

      await end();

      expect(await batchOf(engine)).to.include({ pending: 1, failed: 1, retryable: 1, state: 'running' });
      await runOne(outcomes.succeeded);
      expect(await waitsLast()).to.equal(true);
    });
  }

  for (const [name, end] of [
    ['was removed while it waited', () => engine.store.remove('a')],
    [
      'was removed while it ran',
      async () => {
        await take(engine.session(), 1);
        return engine.store.remove('a');
      },
    ],
    ['was removed with many', () => removeAll(deps(), 'waiting', { type: 'spec.a' })],
    ['failed where failed jobs are not kept', () => runOne(failedAs('failed'), { keepFailed: 0 })],
  ] as const) {
    it(`counts one that ${name} as failed, and as gone`, async () => {
      await addBatch(engine, { members: ['a', 'b'], when: 'ended' });
      await typed('a');

      await end();

      expect(await batchOf(engine)).to.include({ pending: 1, failed: 1, retryable: 0 });
      expect(await engine.client.hkeys(engine.keys.batches)).to.deep.equal(['b']);
      await runOne(outcomes.succeeded);
      expect(await waitsLast()).to.equal(true);
    });
  }

  it('adds the last job with what came of the batch, and only then', async () => {
    await addBatch(engine, { members: ['a', 'b', 'c'], when: 'ended' });
    await runOne(outcomes.succeeded);
    await runOne(outcomes.failed);
    expect(await waitsLast()).to.equal(false);

    await runOne(outcomes.succeeded);

    expect(await engine.waiting()).to.deep.equal(['last']);
    const { links } = (await engine.options('last')) ?? {};
    const queue = queueOf(engine);
    expect(links).to.deep.equal({ concludes: { id: 'b', queue, total: 3, succeeded: 2, failed: 1 } });
    expect(await batchOf(engine)).to.include({ state: 'done', pending: 0, succeeded: 2, failed: 1 });
  });

  it('adds the last job in the script that ends the last member, also together with a take', async () => {
    await addBatch(engine, { members: ['a'] });
    const session = engine.session();
    const [taken] = await take(session, 1);
    if (!taken) throw new Error('nothing waits');
    const facts = { durationMs: 5, worker: 'spec:1' };
    const args = settlementArgs({ ...taken, attempt: 1, startedAt: 1 }, outcomes.succeeded, facts);

    const exchange = await session.exchange([args], 1);

    expect(exchange.taken.map(({ id }) => id)).to.deep.equal(['last']);
  });

  it('is not moved by a retry, a snooze or an interruption', async () => {
    await addBatch(engine, { members: ['a'], when: 'ended' });

    await runOne(outcomes.retryIn(0));
    await runOne(outcomes.snoozed(0));
    await runOne(outcomes.interrupted);

    expect(await batchOf(engine)).to.include({ pending: 1, succeeded: 0, failed: 0 });
  });

  it('counts a success once, when the settle is sent again', async () => {
    await addBatch(engine, { members: ['a', 'b'] });
    const session = engine.session();
    const [taken] = await take(session, 1);
    if (!taken) throw new Error('nothing waits');

    await settle(session, [taken, outcomes.succeeded]);
    const fenced = await settle(session, [taken, outcomes.succeeded]);

    expect(fenced).to.deep.equal([]);
    expect(await batchOf(engine)).to.include({ succeeded: 1, pending: 1 });
  });

  it('counts nothing of a worker that lost its claim', async () => {
    await addBatch(engine, { members: ['a'], when: 'ended' });
    const [late, other] = [engine.session(), engine.session()];
    const [taken] = await take(late, 1);
    if (!taken) throw new Error('nothing waits');
    await late.release(['a']);
    await take(other, 1);

    const fenced = await settle(late, [taken, outcomes.succeeded]);

    expect(fenced).to.deep.equal(['a']);
    expect(await batchOf(engine)).to.include({ pending: 1, succeeded: 0 });
  });

  it('that is to succeed waits for what failed, until it is retried and succeeds', async () => {
    await addBatch(engine, { members: ['a', 'b'] });
    await runOne(outcomes.failed);
    await runOne(outcomes.succeeded);
    expect(await batchOf(engine)).to.include({ state: 'blocked', succeeded: 1, failed: 1, goneInMs: null });

    await retryAll(deps(), {});
    expect(await batchOf(engine)).to.include({ state: 'running', pending: 1, failed: 0, retryable: 0 });
    await runOne(outcomes.succeeded);

    expect(await engine.waiting()).to.deep.equal(['last']);
    expect(await batchOf(engine)).to.include({ state: 'done', succeeded: 2, failed: 0, pending: 0 });
  });

  it('counts one right that fails again after its retry', async () => {
    await addBatch(engine, { members: ['a', 'b'] });
    await runOne(outcomes.failed);

    await engine.store.retry('a', 0);
    await engine.store.remove('b');
    await runOne(outcomes.failed);

    expect(await batchOf(engine)).to.include({ state: 'blocked', failed: 2, retryable: 1, pending: 0 });
  });

  it('that is to succeed is broken once what failed is gone', async () => {
    await addBatch(engine, { members: ['a'] });
    await runOne(outcomes.failed);

    await engine.store.remove('a');

    const batch = await batchOf(engine);
    expect(batch).to.include({ state: 'broken', failed: 1, retryable: 0 });
    expect(batch?.goneInMs).to.be.within(86_000_000, 86_400_000);
    expect(await engine.waiting()).to.deep.equal([]);
    expect(await engine.client.exists(engine.keys.batches)).to.equal(0);
  });

  it('adds no second last job when members are retried after it', async () => {
    await addBatch(engine, { members: ['a'], when: 'ended' });
    await runOne(outcomes.failed);
    await runOne(outcomes.succeeded);

    await engine.store.retry('a', 0);
    await runOne(outcomes.succeeded);

    expect(await engine.waiting()).to.deep.equal([]);
    expect(await batchOf(engine)).to.include({ state: 'done', succeeded: 1, failed: 0 });
  });

  it('stays a day once it is over, and then leaves nothing at the next end or look', async () => {
    await addBatch(engine, { members: ['a', 'b'], when: 'ended' });
    await runOne(outcomes.failed);
    await runOne(outcomes.succeeded);
    expect((await batchOf(engine))?.goneInMs).to.be.within(86_000_000, 86_400_000);

    await engine.client.del(engine.keys.batch('b'));
    await engine.store.retry('a', 0);

    expect(await engine.client.exists(engine.keys.batches)).to.equal(0);
  });

  const typed = async (id: string) => {
    const raw = (await engine.client.hget(engine.keys.jobs, id)) ?? '';
    const record = JSON.parse(raw) as { options: { type?: string } };
    record.options.type = `spec.${id}`;
    await engine.client.hset(engine.keys.jobs, id, JSON.stringify(record));
  };
});
