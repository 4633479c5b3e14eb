import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import {
  idsOf,
  moveOne,
  openEngine,
  outcomes,
  pickUp,
  type SpecEngine,
  settle,
  settlementOf,
  take,
  takeOne,
} from '../../support/engine.ts';

const { succeeded } = outcomes;

describe('Session', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  describe('holds', () => {
    it('does not believe an answer from before the process stood still', async () => {
      let stoodStillMs = 0;
      const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + stoodStillMs };
      const stopped = engine.session({}, clock);
      await engine.add('a');
      await takeOne(stopped);
      expect(await stopped.holds('a')).to.equal(true);

      const holds = stopped.holds('a');
      // What others do meanwhile comes to Redis after the question.
      const given = engine.client.srem(engine.keys.claims(stopped.incarnation), 'a');
      stoodStillMs = 70_000;

      expect(await holds).to.equal(false);
      expect(await given).to.equal(1);
    });
  });

  describe('take', () => {
    it('serves what was added first first, with the record', async () => {
      await engine.add('a', 'b', 'c');

      const taken = await take(session, 2);

      expect(idsOf(taken)).to.deep.equal(['a', 'b']);
      expect(taken[0]).to.deep.include({ readable: true });
      expect(taken[0]?.record.data).to.deep.equal({ id: 'a' });
      expect(await engine.active()).to.deep.equal(['a', 'b']);
      expect(await engine.waiting()).to.deep.equal(['c']);
    });

    it('gives each job to one session only', async () => {
      const ids = Array.from({ length: 40 }, (_, at) => `job-${at}`);
      await engine.add(...ids);
      const sessions = Array.from({ length: 4 }, () => engine.session());

      const taken = await Promise.all([...sessions, ...sessions].map((one) => take(one, 5)));

      expect(taken.flatMap(idsOf).sort()).to.deep.equal(ids.sort());
    });

    it('takes nothing while the queue is paused', async () => {
      await engine.add('a');
      await engine.store.pause('spec', 1);

      expect(await session.exchange([], 1)).to.deep.include({ taken: [], state: 'paused' });

      await engine.store.resume();
      expect((await takeOne(session)).id).to.equal('a');
    });

    it('settles what has ended also while the queue is paused', async () => {
      await engine.add('a');
      const taken = await takeOne(session);
      await engine.store.pause('spec', 1);

      expect(await settle(session, [taken, succeeded])).to.deep.equal([]);

      expect(await engine.state('a')).to.equal('succeeded');
    });

    it('claims first the job that a blocking move brought', async () => {
      await engine.add('a', 'b');
      await moveOne(engine);

      const exchange = await pickUp(session, engine, 2);

      expect(idsOf(exchange?.taken ?? [])).to.deep.equal(['a', 'b']);
      expect(await engine.client.scard(engine.keys.claims(session.incarnation))).to.equal(2);
      expect(await engine.active()).to.deep.equal(['a', 'b']);
    });

    it('puts a moved job back at the head when the queue is paused', async () => {
      await engine.add('a', 'b');
      await engine.store.pause('spec', 1);
      await moveOne(engine);

      expect(await pickUp(session, engine)).to.include({ state: 'paused' });

      expect(await engine.waiting()).to.deep.equal(['a', 'b']);
      expect(await engine.active()).to.deep.equal([]);
    });

    it('does not claim a moved job that was removed meanwhile', async () => {
      await engine.add('a');
      await moveOne(engine);

      expect(await engine.store.remove('a')).to.equal('waiting');

      expect(await pickUp(session, engine)).to.equal(null);
    });

    it('takes nothing behind a move that brought nothing, whatever waits', async () => {
      await engine.add('a');

      expect(await pickUp(session, engine)).to.equal(null);
    });

    it('takes one job for each move, whichever of them brought it', async () => {
      await engine.add('a', 'b');
      const other = engine.session();
      await moveOne(engine);
      await moveOne(engine);

      const [one, two] = [await pickUp(other, engine, 1), await pickUp(session, engine, 1)];

      expect(idsOf(one?.taken ?? [])).to.deep.equal(['a']);
      expect(idsOf(two?.taken ?? [])).to.deep.equal(['b']);
      expect(await pickUp(session, engine, 1)).to.equal(null);
    });

    it('counts and shows a moved job as waiting', async () => {
      await engine.add('a');
      await moveOne(engine);

      expect(await engine.queries.counts()).to.include({ waiting: 1, active: 0 });
      expect(await engine.state('a')).to.equal('waiting');
    });

    it('has a moved job put back to the head by the look of any worker', async () => {
      await engine.add('a', 'b', 'c');
      await moveOne(engine);
      await moveOne(engine);

      await engine.session().recover({ lossLimit: 3, orphanIntervalMs: 60_000 });

      expect(await engine.waiting()).to.deep.equal(['a', 'b', 'c']);
      expect(await pickUp(session, engine)).to.equal(null);
    });

    describe('by a wait, of a job that the same worker is about to settle', () => {
      for (const ending of [outcomes.retryIn(0), outcomes.interrupted]) {
        it(`is not ended by a settle that is sent again (${ending.kind})`, async () => {
          await engine.save('a', { retries: 9 });
          const first = await takeOne(session);
          const end = [settlementOf(first, ending)];
          await session.exchange(end, 0);
          await moveOne(engine);
          const second = (await pickUp(session, engine))?.taken[0] ?? expect.fail('it was not taken');

          await session.exchange(end, 0);

          expect(await engine.state('a')).to.equal('active');
          expect(await settle(session, [second, succeeded])).to.deep.equal([]);
          expect(await engine.state('a')).to.equal('succeeded');
          expect(await engine.client.exists(engine.keys.claimNames)).to.equal(0);
        });
      }

      it('is settled by any attempt after it was given back and taken otherwise', async () => {
        await engine.add('a');
        await moveOne(engine);
        await pickUp(session, engine);
        await session.release(['a']);

        const taken = await takeOne(session);

        expect(await settle(session, [taken, succeeded])).to.deep.equal([]);
      });
    });

    it('brings an id without a record, and one with a garbled record, as unreadable', async () => {
      await engine.client.lpush(engine.keys.waiting, 'ghost', 'garbled');
      await engine.client.hset(engine.keys.jobs, 'garbled', '{"no":"job"}');

      const taken = await take(session);

      expect(taken.map(({ id, readable }) => [id, readable])).to.deep.equal([
        ['ghost', false],
        ['garbled', false],
      ]);
      expect(taken[1]?.record.data).to.equal('{"no":"job"}');
    });

    it("knows the time by Redis's clock", async () => {
      await engine.add('a');
      const [seconds] = await engine.client.time();

      await takeOne(session);

      expect(session.now()).to.be.closeTo(Number(seconds) * 1_000, 30_000);
    });
  });

  describe('release', () => {
    it('gives jobs back untouched, to the head in their old order', async () => {
      await engine.add('a', 'b', 'c', 'd');
      const before = await engine.options('a');
      await take(session, 3);

      expect(await session.release(['a', 'b', 'c'])).to.equal(3);

      expect(await engine.waiting()).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(await engine.options('a')).to.deep.equal(before);
      expect(await engine.client.exists(engine.keys.claims(session.incarnation))).to.equal(0);
    });

    it('does not give back a job that is not active any more', async () => {
      await engine.add('a');
      const taken = await takeOne(session);
      await settle(session, [taken, succeeded]);

      expect(await session.release(['a'])).to.equal(0);

      expect(await engine.state('a')).to.equal('succeeded');
    });
  });

  describe('leave', () => {
    it('ends a lease under which nothing is held', async () => {
      await engine.add('a');
      await settle(session, [await takeOne(session), succeeded]);

      await session.leave();

      expect(await engine.client.zcard(engine.keys.workers)).to.equal(0);
    });

    it('leaves the lease to lapse as long as something is held, so that it is recovered', async () => {
      await engine.add('a');
      await takeOne(session);

      await session.leave();

      expect(await engine.client.zcard(engine.keys.workers)).to.equal(1);
    });
  });

  describe('renew', () => {
    it('puts the end of the lease off', async () => {
      await engine.add('a');
      await takeOne(session);
      const { workers } = engine.keys;
      await engine.client.zadd(workers, 1, session.incarnation);

      expect(await session.renew(['a'])).to.deep.equal({ state: 'ok', lost: [], unheld: [] });

      const leaseEnd = Number(await engine.client.zscore(workers, session.incarnation));
      expect(leaseEnd).to.be.above(session.now());
    });

    it('tells which running jobs are not held any more', async () => {
      await engine.add('a', 'b');
      await take(session);
      await engine.store.remove('a');

      expect(await session.renew(['a', 'b'])).to.deep.equal({ state: 'ok', lost: ['a'], unheld: [] });
    });

    it('tells which held jobs are not running', async () => {
      await engine.add('a', 'b');
      await take(session);

      expect(await session.renew(['b'])).to.deep.equal({ state: 'ok', lost: [], unheld: ['a'] });
    });

    it('tells of both when one was lost and one is not held', async () => {
      await engine.add('a', 'b', 'c');
      await take(session);
      await engine.store.remove('a');

      expect(await session.renew(['a', 'b'])).to.deep.equal({ state: 'ok', lost: ['a'], unheld: ['c'] });
    });

    it('tells stock workers that its jobs are being worked on', async () => {
      await engine.add('a');
      await takeOne(session);
      await engine.client.sadd(engine.keys.stalling, 'a', 'theirs');

      await session.renew(['a']);

      expect(await engine.client.smembers(engine.keys.stalling)).to.deep.equal(['theirs']);
    });

    it('makes the lease before the first take, so that also who takes nothing may judge others', async () => {
      expect(await session.renew([])).to.deep.equal({ state: 'ok', lost: [], unheld: [] });

      const leaseEnd = Number(await engine.client.zscore(engine.keys.workers, session.incarnation));
      expect(leaseEnd).to.be.above(session.now());
    });
  });

  describe('progress', () => {
    it('stores and announces how far a held job is', async () => {
      await engine.add('a');
      const { record } = await takeOne(session);

      expect(await session.progress('a', { ...record, progress: 40 })).to.equal(true);

      expect((await engine.queries.job('a'))?.record.progress).to.equal(40);
    });

    it('changes nothing without the claim', async () => {
      await engine.add('a');
      const { record } = await takeOne(session);

      expect(await engine.session().progress('a', { ...record, progress: 40 })).to.equal(false);

      expect((await engine.queries.job('a'))?.record.progress).to.equal(0);
    });
  });
});
