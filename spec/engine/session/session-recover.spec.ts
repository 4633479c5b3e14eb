import { expect } from 'chai';
import type { Recovered, Session, Taken } from '../../../lib/engine/session/session.ts';
import { idsOf, openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

const { succeeded, failed } = outcomes;

describe('Session, after a death', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  describe('fencing', () => {
    it('changes nothing at a settle without the claim, and reports it', async () => {
      await engine.add('a');
      const taken = await takeOne(session);
      const other = engine.session();

      expect(await settle(other, [taken, failed])).to.deep.equal(['a']);

      expect(await engine.state('a')).to.equal('active');
      expect((await engine.options('a'))?.errors).to.equal(undefined);
    });

    it('carries out one of two settles of one job', async () => {
      await engine.add('a');
      const taken = await takeOne(session);

      expect(await settle(session, [taken, succeeded])).to.deep.equal([]);
      expect(await settle(session, [taken, failed])).to.deep.equal(['a']);

      expect(await engine.state('a')).to.equal('succeeded');
      expect(await engine.queries.counts()).to.include({ failed: 0, succeeded: 1 });
    });

    it('settles what is held beside what is not', async () => {
      await engine.add('a', 'b');
      const [a, b] = (await take(session)) as [Taken, Taken];
      await engine.store.remove('a');

      expect(await settle(session, [a, succeeded], [b, succeeded])).to.deep.equal(['a']);

      expect(await engine.state('a')).to.equal(null);
      expect(await engine.state('b')).to.equal('succeeded');
    });

    it('refuses everything to an incarnation whose lease lapsed', async () => {
      const dead = engine.session({ leaseMs: 1 });
      await engine.add('a', 'b');
      const taken = await takeOne(dead);
      await takeOne(session);
      await recovered(session, 'a');

      expect(await settle(dead, [taken, succeeded])).to.deep.equal(['a']);
      expect(await dead.exchange([], 1)).to.deep.include({ taken: [], state: 'burnt' });
      expect(await dead.renew(['a'])).to.deep.equal({ state: 'burnt' });
      expect(await dead.progress('a', taken.record)).to.equal(false);
      expect(await engine.state('a')).to.equal('waiting');
    });

    it('does not take a job out of the hands of its new worker', async () => {
      const dead = engine.session({ leaseMs: 1 });
      await engine.add('a', 'b');
      await takeOne(dead);
      await takeOne(session);
      await recovered(session, 'a');
      await takeOne(session);

      expect(await dead.release(['a'])).to.equal(0);

      expect(await engine.state('a')).to.equal('active');
    });

    it('lets a burnt session go on under a new name', async () => {
      const dead = engine.session({ leaseMs: 1 });
      await engine.add('a', 'b');
      await takeOne(dead);
      await takeOne(session);
      await recovered(session, 'a');
      const before = dead.incarnation;

      dead.rejoin();

      expect(dead.incarnation).not.to.equal(before);
      expect((await takeOne(dead)).id).to.equal('a');
    });
  });

  describe('recover', () => {
    const die = async (): Promise<void> => {
      const dead = engine.session({ leaseMs: 1 });
      await takeOne(dead);
    };
    const join = async (): Promise<void> => {
      await take(session, 1);
    };

    it('returns to the head what a dead worker held, and counts a loss', async () => {
      await engine.add('own', 'a', 'b');
      await join();
      await die();

      await recovered(session, 'a');

      expect(await engine.waiting()).to.deep.equal(['a', 'b']);
      expect(await engine.client.hget(engine.keys.losses, 'a')).to.equal('1');
      expect(await engine.client.zrange(engine.keys.workers, 0, '-1')).to.deep.equal([session.incarnation]);
    });

    it('leaves the jobs of a living worker alone', async () => {
      await engine.add('own', 'a');
      await join();
      await takeOne(engine.session());

      expect(await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 })).to.deep.equal({
        returned: [],
        doomed: [],
        orphans: [],
        orphansInMs: 60_000,
        cancelled: [],
        reasons: new Map(),
        failures: [],
      });

      expect(await engine.state('a')).to.equal('active');
    });

    it('brings a job that was lost three times to be failed, with its record', async () => {
      await engine.add('a', 'own');
      for (let loss = 1; loss <= 2; loss++) {
        await die();
        await until(
          async () =>
            (await engine.session().recover({ lossLimit: 3, orphanIntervalMs: 60_000 })).returned.length > 0,
          'it was lost',
        );
      }
      await die();
      await join();

      const { doomed } = await lostTooOften(session);

      expect(idsOf(doomed)).to.deep.equal(['a']);
      expect(doomed[0]).to.deep.include({ readable: true });
      expect(await settle(session, [doomed[0] as Taken, failed])).to.deep.equal([]);
      expect(await engine.state('a')).to.equal('failed');
      expect(await engine.client.exists(engine.keys.losses)).to.equal(0);
    });

    it('forgets the losses of a job that succeeds', async () => {
      await engine.add('own', 'a');
      await join();
      await die();
      await recovered(session, 'a');

      await settle(session, [await takeOne(session), succeeded]);

      expect(await engine.client.exists(engine.keys.losses)).to.equal(0);
    });

    it('recovers also for a session that has taken nothing yet', async () => {
      await engine.add('a');
      await die();

      await recovered(session, 'a');

      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    it('returns the claims of a dead worker once, whoever looks', async () => {
      await engine.add('a');
      await die();
      const found: string[] = [];

      await until(async () => {
        const looks = await Promise.all(
          [1, 2, 3].map(() => engine.session().recover({ lossLimit: 3, orphanIntervalMs: 60_000 })),
        );
        found.push(...looks.flatMap(({ returned }) => returned));
        return found.length > 0;
      }, 'the lease lapsed');

      expect(found).to.deep.equal(['a']);
      expect(await engine.waiting()).to.deep.equal(['a']);
    });
  });

  describe('orphans', () => {
    const orphansAtTwoLooks = async (): Promise<string[]> => {
      const first = await session.recover({ lossLimit: 3, orphanIntervalMs: 1 });
      const second: Recovered[] = [];
      await until(async () => {
        second.push(await session.recover({ lossLimit: 3, orphanIntervalMs: 1 }));
        return second.some(({ orphans }) => orphans.length > 0);
      }, 'orphans were found').catch(() => {});
      expect(first.orphans, 'found at the first look').to.deep.equal([]);
      return second.flatMap(({ orphans }) => orphans);
    };

    it('returns at the second look what nobody works on', async () => {
      await engine.add('a');
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');

      expect(await orphansAtTwoLooks()).to.deep.equal(['a']);

      expect(await engine.waiting()).to.deep.equal(['a']);
      expect(await engine.active()).to.deep.equal([]);
    });

    it('never returns what a living worker of ours holds', async () => {
      await engine.add('a', 'b');
      await takeOne(session);
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');

      expect(await orphansAtTwoLooks()).to.deep.equal(['b']);

      expect(await engine.active()).to.deep.equal(['a']);
    });

    it('leaves alone what a stock worker says it works on', async () => {
      await engine.add('theirs', 'orphan');
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');
      await session.recover({ lossLimit: 3, orphanIntervalMs: 1 });
      await engine.client.srem(engine.keys.stalling, 'theirs');

      await until(
        async () => (await session.recover({ lossLimit: 3, orphanIntervalMs: 1 })).orphans.includes('orphan'),
        'the orphan was found',
      );

      expect(await engine.active()).to.deep.equal(['theirs']);
    });

    it('finds them also before it may judge others, by nothing that was found before its standing began', async () => {
      await engine.add('a');
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');
      // As a look before an outage left it: a stock worker had no way to say that it works on that.
      await engine.client.sadd(engine.keys.stalling, 'a');
      const young = engine.session({ judgesAfterMs: 3_600_000 });
      const look = async (): Promise<readonly string[]> =>
        (await young.recover({ lossLimit: 3, orphanIntervalMs: 1 })).orphans;

      expect(await look(), 'at its first look').to.deep.equal([]);

      await until(async () => (await look()).includes('a'), 'it was found at the next');
      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    it('looks once per interval', async () => {
      await engine.add('a');
      await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');

      await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
      await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });

      expect(await engine.active()).to.deep.equal(['a']);
    });
  });
});

/** Waits for the lease of a dead worker to lapse and its job to be returned. */
async function recovered(session: Session, id: string): Promise<void> {
  await until(
    async () => (await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 })).returned.includes(id),
    `${id} was returned`,
  );
}

/** Waits until a job is found that was lost too often. */
async function lostTooOften(session: Session): Promise<Recovered> {
  const found: Recovered[] = [];
  await until(async () => {
    found.push(await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 }));
    return found.some(({ doomed }) => doomed.length > 0);
  }, 'a job was lost too often');
  return found.find(({ doomed }) => doomed.length > 0) as Recovered;
}
