import { expect } from 'chai';
import { isJobState } from '../../../lib/engine/queries/queries.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const IDS = ['a', 'b', 'c', 'd', 'e'];

describe('Queries', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const endOneByOne = async (outcome: typeof outcomes.failed | typeof outcomes.succeeded): Promise<void> => {
    await engine.add(...IDS);
    for (const one of await take(session)) await settle(session, [one, outcome]);
  };

  /** Brings the five jobs into a state, `a` first. */
  const fill = {
    waiting: () => engine.add(...IDS),
    active: async () => {
      await engine.add(...IDS);
      for (const _ of IDS) await take(session, 1);
    },
    delayed: async () => {
      for (const [at, id] of IDS.entries()) await engine.save(id, {}, { at: 7_000_000_000_000 + at });
    },
    succeeded: () => endOneByOne(outcomes.succeeded),
    failed: () => endOneByOne(outcomes.failed),
  };

  for (const state of ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const) {
    describe(`a page of ${state} jobs`, () => {
      const idsOf = async (start: number, size: number, newestFirst?: boolean): Promise<string> =>
        (await engine.queries.page(state, start, size, newestFirst)).map(({ id }) => id).join('');

      it('comes newest first', async () => {
        await fill[state]();

        expect(await idsOf(0, 2)).to.equal('ed');
        expect(await idsOf(2, 2)).to.equal('cb');
        expect(await idsOf(4, 2)).to.equal('a');
        expect(await idsOf(5, 2)).to.equal('');
      });

      it('comes oldest first when asked', async () => {
        await fill[state]();

        expect(await idsOf(0, 2, false)).to.equal('ab');
        expect(await idsOf(2, 2, false)).to.equal('cd');
        expect(await idsOf(4, 2, false)).to.equal('e');
        expect(await idsOf(5, 2, false)).to.equal('');
      });

      it('carries the records, and what cannot be read stands in for itself', async () => {
        await fill[state]();
        await engine.client.hset(engine.keys.jobs, 'd', 'garbage');

        const [e, d] = await engine.queries.page(state, 0, 2);

        expect(e).to.deep.include({ id: 'e', state });
        expect(e?.record.data).to.deep.equal({ id: 'e' });
        expect(d?.record.data).to.equal('garbage');
      });

      it('leaves out a job that is gone', async () => {
        await fill[state]();
        await engine.client.hdel(engine.keys.jobs, 'e');

        expect(await idsOf(0, 2)).to.equal('d');
      });

      it('counts what there is', async () => {
        await fill[state]();

        expect(await engine.queries.counts()).to.deep.equal({
          waiting: 0,
          active: 0,
          delayed: 0,
          succeeded: 0,
          failed: 0,
          [state]: 5,
        });
      });

      it('names the state of each of its jobs', async () => {
        await fill[state]();

        expect((await engine.queries.job('c'))?.state).to.equal(state);
      });
    });
  }

  it('pages an empty queue', async () => {
    expect(await engine.queries.page('waiting', 0, 10)).to.deep.equal([]);
  });

  it('knows no job that does not exist', async () => {
    expect(await engine.queries.job('none')).to.equal(null);
  });

  it('tells when a delayed job is due', async () => {
    await fill.delayed();

    expect(await engine.queries.job('b')).to.include({ dueAt: 7_000_000_000_001 });
    expect((await engine.queries.page('delayed', 0, 1))[0]).to.include({ dueAt: 7_000_000_000_004 });
  });

  describe('jobsAhead', () => {
    const ahead = async (id: string, most: number) => {
      const job = await engine.queries.job(id);
      return job && engine.queries.jobsAhead(job, most);
    };

    it('counts the jobs that are served before', async () => {
      await fill.waiting();

      expect(await ahead('a', 10)).to.deep.equal({ ahead: 0, atLeast: false });
      expect(await ahead('d', 10)).to.deep.equal({ ahead: 3, atLeast: false });
    });

    it('counts no further than it is told', async () => {
      await fill.waiting();

      expect(await ahead('c', 3)).to.deep.equal({ ahead: 2, atLeast: false });
      expect(await ahead('d', 3)).to.deep.equal({ ahead: 3, atLeast: true });
    });

    it('knows none that does not wait', async () => {
      await fill.active();

      expect(await ahead('a', 10)).to.equal(null);
    });
  });

  describe('snapshot', () => {
    it('tells when the job that runs next was added', async () => {
      await engine.save('a', { timestamp: 5_000 });
      await engine.save('b', { timestamp: 6_000 });

      expect(await engine.queries.snapshot(0)).to.include({ oldestWaitingAt: 5_000 });
    });

    it('knows no oldest job where nothing waits', async () => {
      expect(await engine.queries.snapshot(0)).to.include({ oldestWaitingAt: null, paused: null });
    });

    it('counts the day of Redis, not the days before', async () => {
      await engine.add('a');
      await settle(session, [(await take(session))[0] as Taken, outcomes.failed]);
      const now = session.now();

      expect(await engine.queries.snapshot(now)).to.include({ processedToday: 1, failedToday: 1 });
      expect(await engine.queries.snapshot(now + 86_400_000)).to.include({
        processedToday: 0,
        failedToday: 0,
      });
    });
  });
});

describe('isJobState', () => {
  it('knows the five states and no other', () => {
    expect(['waiting', 'active', 'delayed', 'succeeded', 'failed'].every(isJobState)).to.equal(true);
    expect(['paused', '', 'Waiting', 'constructor'].some(isJobState)).to.equal(false);
  });
});
