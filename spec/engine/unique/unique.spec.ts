import { expect } from 'chai';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { addUnique, type UniqueAdd, uniqueKeysOf } from '../../support/unique.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;

describe('a unique key', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const add = (id: string, options?: UniqueAdd) => addUnique(engine, id, options);
  const isFree = async (key = 'k') => (await engine.client.exists(engine.keys.lock(key))) === 0;

  it('lets the first job in, and answers the second with the first', async () => {
    expect(await add('a')).to.deep.equal({ outcome: 'created', id: 'a', state: 'waiting' });

    expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });

    expect(await engine.waiting()).to.deep.equal(['a']);
    expect(await engine.state('b')).to.equal(null);
  });

  it('is one per key and queue', async () => {
    const other = openEngine();

    await add('a');
    await add('b', { key: 'another' });
    await addUnique(other, 'c');

    expect(await engine.waiting()).to.deep.equal(['a', 'b']);
    expect(await other.waiting()).to.deep.equal(['c']);
    await other.close();
  });

  it('lets in one of many that come at once', async () => {
    const saved = await Promise.all(Array.from({ length: 20 }, (_, n) => add(`job-${n}`)));

    expect(saved.filter(({ outcome }) => outcome === 'created')).to.have.length(1);
    expect(await engine.waiting()).to.have.length(1);
  });

  it('goes to a job that is delayed, too', async () => {
    const start = { inMs: HOUR_MS };

    expect(await add('a', { start })).to.deep.equal({ outcome: 'created', id: 'a', state: 'delayed' });

    expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
  });

  it('takes a save that is sent again for its own', async () => {
    const first = await add('a');

    expect(await add('a')).to.deep.equal(first);

    expect(await engine.waiting()).to.deep.equal(['a']);
  });

  describe('is let go, and nothing of it left, when its job', () => {
    for (const [name, outcome] of [
      ['has succeeded', outcomes.succeeded],
      ['has failed', outcomes.failed],
      ['was discarded', { ...outcomes.failed, as: 'discarded' }],
      ['was lost', { ...outcomes.failed, as: 'lost' }],
    ] as const) {
      it(name, async () => {
        await add('a');

        await settle(session, [await takeOne(session), outcome]);

        expect(await uniqueKeysOf(engine)).to.deep.equal([]);
        expect(await add('b')).to.include({ outcome: 'created' });
      });
    }

    it('has ended and is not kept', async () => {
      session = engine.session({ keepSucceeded: 0 });
      await add('a');

      await settle(session, [await takeOne(session), outcomes.succeeded]);

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });

    it('ended among others that hold none, or another', async () => {
      await engine.add('plain');
      await add('a');
      await add('b', { key: 'another' });
      const taken = await take(session);

      await settle(
        session,
        ...taken.map((one): [Taken, typeof outcomes.succeeded] => [one, outcomes.succeeded]),
      );

      expect(taken).to.have.length(3);
      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });

    for (const state of ['waiting', 'delayed', 'active'] as const) {
      it(`was removed while ${state}`, async () => {
        await add('a', state === 'delayed' ? { start: { inMs: HOUR_MS } } : {});
        if (state === 'active') await takeOne(session);

        expect(await engine.store.remove('a')).to.equal(state);

        expect(await uniqueKeysOf(engine)).to.deep.equal([]);
      });
    }
  });

  describe('is kept over', () => {
    for (const [name, outcome] of [
      ['a retry', outcomes.retryIn(0)],
      ['a retry with a delay', outcomes.retryIn(HOUR_MS)],
      ['a snooze', outcomes.snoozed(HOUR_MS)],
      ['an interruption', outcomes.interrupted],
    ] as const) {
      it(name, async () => {
        await add('a', { retries: 1 });

        await settle(session, [await takeOne(session), outcome]);

        expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
      });
    }

    it('the death of a worker', async () => {
      await add('a');
      await takeOne(session);
      await engine.client.zadd(engine.keys.workers, 'XX', 1, session.incarnation);

      await engine.session().recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      expect(await engine.waiting()).to.deep.equal(['a']);
      expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
    });

    it('an end by a worker that does not hold the job any more', async () => {
      await add('a');
      await engine.add('plain');
      const [unique, plain] = (await take(session)) as [Taken, Taken];
      await session.release(['a']);

      const fenced = await settle(session, [unique, outcomes.succeeded], [plain, outcomes.succeeded]);

      expect(fenced).to.deep.equal(['a']);

      expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
    });
  });

  describe('with a ttl', () => {
    it('is let go when that is over, although the job goes on', async () => {
      await add('a', { ttlMs: 30 });
      await takeOne(session);

      await until(isFree, 'the ttl is over');

      expect(await add('b')).to.include({ outcome: 'created' });
    });

    it('of which the time is over stays with the job that has it since', async () => {
      await add('a', { ttlMs: 1 });
      const first = await takeOne(session);
      await until(isFree, 'the ttl is over');
      await add('b');

      await settle(session, [first, outcomes.succeeded]);

      expect(await add('c')).to.deep.equal({ outcome: 'held', id: 'b' });
    });

    it('holds for the delay of its job and the ttl', async () => {
      await add('a', { ttlMs: 1_000, start: { inMs: HOUR_MS } });

      const leftMs = await engine.client.pttl(engine.keys.lock('k'));
      expect(leftMs).to.be.within(HOUR_MS, HOUR_MS + 1_000);
    });

    it('is let go by the end of its job before', async () => {
      await add('a', { ttlMs: HOUR_MS });

      await settle(session, [await takeOne(session), outcomes.succeeded]);

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });
  });

  describe('of a throttle', () => {
    const throttle = { release: 'ttl', ttlMs: HOUR_MS } as const;

    it('is held for the whole ttl, although its job has ended and is gone', async () => {
      session = engine.session({ keepSucceeded: 0 });
      await add('a', throttle);

      await settle(session, [await takeOne(session), outcomes.succeeded]);

      expect(await add('b', throttle)).to.deep.equal({ outcome: 'held', id: 'a' });
      expect(await uniqueKeysOf(engine)).to.have.members([engine.keys.lock('k'), engine.keys.lock('')]);
      for (const key of await uniqueKeysOf(engine))
        expect(await engine.client.pttl(key)).to.be.within(1, HOUR_MS);
    });

    it('is free again when the ttl is over', async () => {
      await add('a', { release: 'ttl', ttlMs: 20 });
      await settle(session, [await takeOne(session), outcomes.succeeded]);

      await until(isFree, 'the window is over');

      expect(await add('b', throttle)).to.include({ outcome: 'created' });
    });

    it('is let go when its job is removed before its end, and not when it is removed after', async () => {
      await add('a', throttle);
      await engine.store.remove('a');
      expect(await isFree()).to.equal(true);
      await add('b', throttle);
      await settle(session, [await takeOne(session), outcomes.succeeded]);

      await engine.store.remove('b');

      expect(await isFree()).to.equal(false);
    });

    it('parks nothing behind its job: it has had the one', async () => {
      await add('a', throttle);
      await takeOne(session);

      expect(await add('b', { ...throttle, onConflict: 'replace' })).to.deep.equal({
        outcome: 'held',
        id: 'a',
      });
      expect(await engine.state('b')).to.equal(null);
    });
  });

  describe("has none of the leaks of Asynq's unique locks:", () => {
    it('an add whose id is taken takes no lock', async () => {
      await engine.add('taken');

      expect(await add('taken')).to.deep.equal({ outcome: 'existed', id: 'taken' });

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
      expect(await add('b')).to.include({ outcome: 'created' });
    });

    it('deleting all jobs leaves no lock', async () => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids) await add(id, { key: id });

      for (const id of ids) await engine.store.remove(id);

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });

    it('a lock does not stay with a job that is in failed', async () => {
      await add('a', { ttlMs: HOUR_MS });

      await settle(session, [await takeOne(session), outcomes.failed]);

      expect(await engine.state('a')).to.equal('failed');
      expect(await add('b')).to.include({ outcome: 'created' });
    });

    it('a throttle is not freed early by a success', async () => {
      await add('a', { release: 'ttl', ttlMs: HOUR_MS });

      await settle(session, [await takeOne(session), outcomes.succeeded]);

      expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
    });

    it('a job that is delayed for longer than the ttl does not lose its lock before it runs', async () => {
      await add('a', { ttlMs: 1, start: { inMs: HOUR_MS } });

      await until(
        async () => (await engine.client.pttl(engine.keys.lock('k'))) < HOUR_MS,
        'the ttl has passed',
      );

      expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
    });

    it('a long job without a ttl keeps its lock for as long as it runs', async () => {
      await add('a');

      expect(await engine.client.pttl(engine.keys.lock('k'))).to.equal(-1);
    });
  });

  describe('of a failed job that is retried by hand', () => {
    const failed = async (options?: UniqueAdd): Promise<void> => {
      await add('a', options);
      await settle(session, [await takeOne(session), outcomes.failed]);
    };

    it('is taken again when it is free, and let go again', async () => {
      await failed();

      await engine.store.retry('a', 0);

      expect(await add('b')).to.deep.equal({ outcome: 'held', id: 'a' });
      await settle(session, [await takeOne(session), outcomes.succeeded]);
      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });

    it('stays with the job that has it since', async () => {
      await failed();
      await add('b');

      await engine.store.retry('a', 0);
      await engine.store.remove('a');

      expect(await add('c')).to.deep.equal({ outcome: 'held', id: 'b' });
    });

    it('is held for its ttl at most', async () => {
      await failed({ ttlMs: HOUR_MS });

      await engine.store.retry('a', 0);

      expect(await engine.client.pttl(engine.keys.lock('k'))).to.be.within(1, HOUR_MS);
    });

    it('is left to the window of a throttle', async () => {
      await failed({ release: 'ttl', ttlMs: HOUR_MS });
      await engine.client.del(engine.keys.lock('k'));

      await engine.store.retry('a', 0);

      expect(await engine.client.exists(engine.keys.uniques, engine.keys.lock('k'))).to.equal(0);
    });
  });

  describe('whose job a stock client', () => {
    it('has removed is taken over by the next', async () => {
      await add('a');
      await engine.client.multi().hdel(engine.keys.jobs, 'a').lrem(engine.keys.waiting, 0, 'a').exec();

      expect(await add('b')).to.include({ outcome: 'created' });

      expect(await engine.client.hgetall(engine.keys.uniques)).to.deep.equal({ b: 'k' });
    });

    for (const set of ['succeeded', 'failed'] as const) {
      it(`has put into ${set} is taken over by the next`, async () => {
        await add('a');
        const moved = engine.client.multi().lrem(engine.keys.waiting, 0, 'a');
        await moved.sadd(engine.keys[set], 'a').exec();

        expect(await add('b')).to.include({ outcome: 'created' });
      });
    }
  });
});
