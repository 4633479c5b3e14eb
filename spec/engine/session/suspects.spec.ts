import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import {
  moveOne,
  openEngine,
  outcomes,
  pickUp,
  type SpecEngine,
  settle,
  take,
} from '../../support/engine.ts';

const ORDER = { lossLimit: 3, orphanIntervalMs: 3_600_000 };

for (const limited of [false, true]) {
  describe(`suspects${limited ? ', in a queue with limits' : ''}`, () => {
    let engine: SpecEngine;
    let judge: Session;

    beforeEach(async () => {
      engine = openEngine();
      judge = engine.session();
      const limits = { limits: { perKey: { concurrency: 90 } }, by: 'spec', at: 1 };
      if (limited) await writeLimits(engine.client, engine.keys, limits);
    });
    afterEach(() => engine.close());

    /** A worker takes up to so many jobs and dies; resolves with what it took. */
    async function die(wanted: number): Promise<string[]> {
      const dead = engine.session({ leaseMs: 0 });
      const taken = await take(dead, wanted);
      await judge.recover(ORDER);
      return taken.map(({ id }) => id).sort();
    }
    const losses = () => engine.client.hgetall(engine.keys.losses);
    const ask = async (wanted: number, maySuspect: boolean, by = engine.session()) => {
      const exchange = await by.exchange([], wanted, maySuspect);
      return { ...exchange, ids: exchange.taken.map(({ id }) => id) };
    };

    it('are all that a worker held when it died, where none was suspected before', async () => {
      await engine.add('a', 'b');

      await die(2);

      expect(await losses()).to.deep.equal({ a: '1', b: '1' });
    });

    it('are taken one at a time, and others from behind them', async () => {
      await engine.add('a', 'b', 'c');
      await die(3);
      await engine.add('d', 'e');

      const without = await ask(1, false);
      const one = await ask(9, true);

      expect(without).to.deep.include({ ids: ['d'], suspect: null, leavesSuspects: true });
      expect(one.ids).to.have.lengthOf(2);
      expect(one.ids).to.include.members(['e', one.suspect]);
      expect(['a', 'b', 'c']).to.include(one.suspect);
      expect(one.leavesSuspects).to.equal(true);
    });

    it('are not asked for again at once when nothing else is there', async () => {
      await engine.add('a');
      await die(1);

      const nothing = await ask(1, false);

      expect(nothing).to.deep.include({ ids: [], leavesSuspects: true });
      expect(nothing.againInMs).to.be.within(1, 250);
      expect(await ask(1, true)).to.deep.include({ ids: ['a'], suspect: 'a', leavesSuspects: false });
    });

    it('go back to the head when a blocking move brought one that may not be taken', async () => {
      await engine.add('a', 'b');
      await die(1);
      const session = engine.session();
      // By this it knows that the queue has limits, if it has; then its jobs are in lines already.
      await session.release((await ask(1, false, session)).ids);
      if (!limited) await moveOne(engine);

      const { taken } = limited
        ? await session.exchange([], 1, false)
        : ((await pickUp(session, engine, 1)) ?? expect.fail('nothing was moved'));

      expect(taken.map(({ id }) => id)).to.deep.equal(['b']);
      expect(await ask(1, true)).to.deep.include({ ids: ['a'] });
    });

    it('are blamed alone for a further death, and who was beside is suspected without a loss', async () => {
      await engine.add('a');
      await die(1);
      await engine.add('b', 'c');

      expect(await die(3)).to.deep.equal(['a', 'b', 'c']);

      expect(await losses()).to.deep.equal({ a: '2', b: '0', c: '0' });
    });

    it('are not blamed where there were several', async () => {
      await engine.add('a', 'b');
      await die(2);
      const dead = engine.session({ leaseMs: 0 });
      await take(dead, 1);
      await take(dead, 1);

      await judge.recover(ORDER);

      expect(await losses()).to.deep.equal({ a: '1', b: '1' });
    });

    it('are given up after three deaths at which they were the only one', async () => {
      await engine.add('a', 'b');
      await die(1);
      await die(2);
      const dead = engine.session({ leaseMs: 0 });
      await take(dead, 1);

      const { doomed, returned } = await judge.recover(ORDER);

      expect(doomed.map(({ id }) => id)).to.deep.equal(['a']);
      expect(returned).to.deep.equal([]);
    });

    it('are none any more when they have ended', async () => {
      await engine.add('a');
      await die(1);
      const session = engine.session();
      const [taken] = await take(session, 1);

      if (taken) await settle(session, [taken, outcomes.succeeded]);

      expect(await losses()).to.deep.equal({});
    });

    it('are taken as any other where there are more than a thousand', async () => {
      const ids = Array.from({ length: 1_050 }, (_, at) => `job-${at}`);
      await engine.add(...ids);
      await engine.client.hset(engine.keys.losses, Object.fromEntries(ids.map((id) => [id, '1'])));

      let taken = 0;
      const session = engine.session();
      for (let call = 0; call < 3; call++) taken += (await ask(20, false, session)).ids.length;

      expect(taken).to.be.above(0);
      expect(taken).to.be.at.most(60);
    });
  });
}
