import { expect } from 'chai';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { bring, type SpecState, STATES, stateOf } from '../../support/job-states.ts';
import { until } from '../../support/wait.ts';

describe('Store, repairs', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const at = (id: string) => stateOf(engine, id);
  const bringTo = (id: string, state: SpecState) => bring(engine, session, id, state);

  describe('retry', () => {
    it('offers a failed job again, once', async () => {
      await bringTo('a', 'failed');

      expect(await engine.store.retry('a', 2)).to.deep.equal({ done: true });
      expect(await engine.store.retry('a', 2)).to.deep.equal({ done: false, state: 'waiting' });

      expect(await engine.waiting()).to.deep.equal(['a']);
      expect(await engine.options('a')).to.include({ retries: 2 });
    });

    it('offers it once also when asked twice at the same time', async () => {
      await bringTo('a', 'failed');

      const results = await Promise.all([1, 2, 3].map(() => engine.store.retry('a', 2)));

      expect(results.filter(({ done }) => done)).to.have.length(1);
      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    it('keeps the errors of before, and forgets how the job had failed', async () => {
      await engine.add('a');
      const [taken] = (await take(session)) as [Taken];
      await settle(session, [taken, { ...outcomes.failed, as: 'discarded' }]);

      await engine.store.retry('a', 0);

      const options = await engine.options('a');
      expect(options?.errors).to.have.length(1);
      expect(options).not.to.have.property('outcome');
    });

    for (const state of ['waiting', 'active', 'delayed', 'succeeded'] as const) {
      it(`does nothing to a job that is ${state}, and says so`, async () => {
        await bringTo('a', state);
        const before = await engine.client.hget(engine.keys.jobs, 'a');

        expect(await engine.store.retry('a', 1)).to.deep.equal({ done: false, state });

        expect(await engine.client.hget(engine.keys.jobs, 'a')).to.equal(before);
      });
    }

    it('says that there is no such job', async () => {
      expect(await engine.store.retry('none', 1)).to.deep.equal({ done: false, state: null });
    });
  });

  describe('promote', () => {
    it('makes a delayed job due, once', async () => {
      await bringTo('a', 'delayed');

      expect(await engine.store.promote('a')).to.deep.equal({ done: true });
      expect(await engine.store.promote('a')).to.deep.equal({ done: false, state: 'waiting' });

      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    for (const state of ['waiting', 'active', 'succeeded', 'failed'] as const) {
      it(`does nothing to a job that is ${state}, and says so`, async () => {
        await bringTo('a', state);

        expect(await engine.store.promote('a')).to.deep.equal({ done: false, state });

        expect(await at('a')).to.equal(state);
      });
    }

    it('says that there is no such job', async () => {
      expect(await engine.store.promote('none')).to.deep.equal({ done: false, state: null });
    });
  });

  describe('removeIdle', () => {
    for (const state of STATES) {
      it(`${state === 'active' ? 'leaves a job alone' : 'removes a job'} that is ${state}`, async () => {
        await bringTo('a', state);

        const result = await engine.store.removeIdle('a');

        const isSpared = state === 'active';
        expect(result).to.deep.equal(isSpared ? { done: false, state } : { done: true, was: state });
        expect(await at('a')).to.equal(isSpared ? state : null);
      });
    }

    it('says that there is no such job', async () => {
      expect(await engine.store.removeIdle('none')).to.deep.equal({ done: false, state: null });
    });
  });

  describe('remove', () => {
    for (const state of STATES) {
      it(`removes a job that is ${state} without a trace, and says what it was`, async () => {
        await bringTo('a', state);

        expect(await engine.store.remove('a')).to.equal(state);
        expect(await engine.store.remove('a')).to.equal(null);

        expect(await at('a')).to.equal(null);
        const counts = await engine.queries.counts();
        expect(Object.values(counts).every((count) => count === 0)).to.equal(true);
        expect(await engine.client.exists(engine.keys.succeededOrder, engine.keys.failedOrder)).to.equal(0);
      });
    }

    it('finds a job anywhere in a long list, also one whose id does not tell where it is', async () => {
      const ids = Array.from({ length: 3_000 }, (_, at) => `id-${String(at).padStart(5, '0')}`);
      const odd = ['zzz', ...ids.slice(0, 1_500), '!', ...ids.slice(1_500), 'aaa'];
      await engine.client.lpush(engine.keys.waiting, ...odd);
      await engine.client.hset(engine.keys.jobs, Object.fromEntries(odd.map((id) => [id, '{}'])));
      const removed = ['zzz', '!', 'aaa', ...ids.filter((_, at) => at % 300 === 7)];

      for (const id of removed) expect(await engine.store.remove(id), id).to.equal('waiting');

      const left = new Set(removed);
      expect(await engine.waiting()).to.deep.equal(odd.filter((id) => !left.has(id)));
    });

    it('takes the claim along, so that the end of the running job changes nothing', async () => {
      await engine.add('a');
      const [taken] = (await take(session)) as [Taken];

      await engine.store.remove('a');

      expect(await settle(session, [taken, outcomes.succeeded])).to.deep.equal(['a']);
      expect(await at('a')).to.equal(null);
    });

    it('takes the claim of a dead worker along, so that the job is not returned', async () => {
      await engine.add('a');
      const dead = engine.session({ leaseMs: 1 });
      await take(dead);

      await engine.store.remove('a');

      await until(async () => {
        await session.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
        return (await engine.client.zscore(engine.keys.workers, dead.incarnation)) === null;
      }, 'the dead worker is off the list');
      expect(await engine.waiting()).to.deep.equal([]);
    });
  });

  describe('updateData', () => {
    for (const state of ['waiting', 'delayed', 'succeeded', 'failed'] as const) {
      it(`replaces the data of a job that is ${state} and leaves it there`, async () => {
        await bringTo('a', state);

        expect(await engine.store.updateData('a', { new: true })).to.deep.equal({ done: true });

        const job = await engine.queries.job('a');
        expect(job?.record.data).to.deep.equal({ new: true });
        expect(job?.state).to.equal(state);
      });
    }

    it('does nothing to a running job, and says so', async () => {
      await bringTo('a', 'active');

      expect(await engine.store.updateData('a', 1)).to.deep.equal({ done: false, state: 'active' });

      expect((await engine.queries.job('a'))?.record.data).to.deep.equal({ id: 'a' });
    });

    it('says that there is no such job', async () => {
      expect(await engine.store.updateData('none', 1)).to.deep.equal({ done: false, state: null });
    });

    it('repairs a job that could not be read', async () => {
      await engine.add('a');
      await engine.client.hset(engine.keys.jobs, 'a', 'garbage');

      expect(await engine.store.updateData('a', { new: true })).to.deep.equal({ done: true });

      expect((await take(session))[0]).to.deep.include({ readable: true });
    });

    it('loses no change of somebody else made at the same time', async () => {
      await bringTo('a', 'failed');

      const results = await Promise.all([
        engine.store.updateData('a', { new: true }),
        engine.store.retry('a', 5),
      ]);

      expect(results).to.deep.equal([{ done: true }, { done: true }]);
      const job = await engine.queries.job('a');
      expect(job?.record.data).to.deep.equal({ new: true });
      expect(job?.record.options).to.include({ retries: 5 });
    });
  });
});
