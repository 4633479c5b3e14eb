import { expect } from 'chai';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, takeOne } from '../../support/engine.ts';

const { failed, interrupted, retryIn, snoozed, succeeded } = outcomes;
const NOTE = { by: 'ops', at: 5_000 };

describe('cancelJob', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const cancel = (id: string) => cancelJob(engine, id, NOTE);
  const noted = () => engine.client.smembers(engine.keys.cancelled);
  const job = (id: string) => engine.queries.job(id);
  /** Ends a running job that was cancelled; resolves with what whoever takes it next is told. */
  const endAndTake = async (...outcome: Parameters<typeof settle>[1]) => {
    await settle(session, outcome);
    const { taken, cancelled } = await session.exchange([], 1);
    return { taken: taken.map(({ id }) => id), cancelled };
  };

  it('ends a waiting job as cancelled, and says by whom', async () => {
    await engine.add('a');

    expect(await cancel('a')).to.deep.equal({ done: true, was: 'waiting' });

    expect(await engine.waiting()).to.deep.equal([]);
    const stored = await job('a');
    expect(stored?.state).to.equal('failed');
    expect(stored?.record.options).to.include({ outcome: 'cancelled' });
    expect(stored?.record.options.errors?.[0]).to.include({ message: 'cancelled by ops', at: 5_000 });
  });

  it('ends a delayed job as cancelled', async () => {
    await engine.save('a', {}, { inMs: 3_600_000 });

    expect(await cancel('a')).to.deep.equal({ done: true, was: 'delayed' });

    expect(await engine.client.zcard(engine.keys.delayed)).to.equal(0);
    expect((await job('a'))?.record.options).to.include({ outcome: 'cancelled' });
  });

  it('notes a running job and leaves it where it is', async () => {
    await engine.add('a');
    await takeOne(session);

    expect(await cancel('a')).to.deep.equal({ done: true, was: 'active' });

    expect(await noted()).to.deep.equal(['a']);
    expect(await engine.active()).to.deep.equal(['a']);
  });

  it('does nothing to a job that has ended, and says so', async () => {
    await engine.add('a', 'b');
    await settle(session, [await takeOne(session), succeeded]);
    await settle(session, [await takeOne(session), failed]);

    expect(await cancel('a')).to.deep.equal({ done: false, state: 'succeeded' });
    expect(await cancel('b')).to.deep.equal({ done: false, state: 'failed' });
    expect(await cancel('none')).to.deep.equal({ done: false, state: null });
    expect(await noted()).to.deep.equal([]);
  });

  for (const [name, outcome] of [
    ['succeeds before it hears of it', succeeded],
    ['fails for good', failed],
  ] as const) {
    it(`leaves no note of a job that ${name}`, async () => {
      await engine.add('a');
      const taken = await takeOne(session);
      await cancel('a');

      await settle(session, [taken, outcome]);

      expect(await noted()).to.deep.equal([]);
    });
  }

  for (const [name, outcome] of [
    ['is to be retried later', retryIn(3_600_000)],
    ['is put off', snoozed(3_600_000)],
    ['is interrupted', interrupted],
  ] as const) {
    it(`lets nobody run a cancelled job that ${name}: whoever takes it next is told`, async () => {
      await engine.add('a');
      const taken = await takeOne(session);
      await cancel('a');

      expect(await endAndTake(taken, outcome)).to.deep.equal({ taken: ['a'], cancelled: ['a'] });
    });
  }

  it('says why with who did it, of a job that waits', async () => {
    await engine.add('a');

    await cancelJob(engine, 'a', { ...NOTE, reason: 'the customer has left' });

    const [error] = (await job('a'))?.record.options.errors ?? [];
    expect(error?.message).to.equal('cancelled by ops: the customer has left');
  });

  it('tells why to whoever takes a cancelled job next, and to who looks for dead workers', async () => {
    await engine.add('a', 'b');
    const taken = await takeOne(session);
    await takeOne(session);
    await cancelJob(engine, 'a', { ...NOTE, reason: 'too dear' });
    await cancelJob(engine, 'a', { ...NOTE, reason: 'another' });
    await cancel('b');

    const look = await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
    await settle(session, [taken, interrupted]);
    const { reasons } = await session.exchange([], 1);

    expect([[...look.reasons], [...reasons]]).to.deep.equal([[['a', 'too dear']], [['a', 'too dear']]]);
  });

  it('forgets why once the job has ended, and does not tell it of the next of that id', async () => {
    await engine.add('a');
    const taken = await takeOne(session);
    await cancelJob(engine, 'a', { ...NOTE, reason: 'too dear' });
    await settle(session, [taken, failed]);
    await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });

    expect(await engine.client.exists(engine.keys.cancelReasons)).to.equal(0);
  });

  it('leaves no key for a reason where none is said', async () => {
    await engine.add('a');
    await takeOne(session);

    await cancel('a');

    expect(await engine.client.exists(engine.keys.cancelReasons)).to.equal(0);
  });

  it('is found by the look for dead workers, for those who did not hear of it', async () => {
    await engine.add('a');
    await takeOne(session);
    await cancel('a');

    const { cancelled } = await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });

    expect(cancelled).to.deep.equal(['a']);
  });

  it('leaves no note of a running job that is removed', async () => {
    await engine.add('a');
    await takeOne(session);
    await cancel('a');

    await engine.store.remove('a');

    expect(await noted()).to.deep.equal([]);
  });
});
