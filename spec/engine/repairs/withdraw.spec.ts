import { expect } from 'chai';
import {
  archiveIdle,
  archiveJob,
  type EndNote,
  removeFromState,
} from '../../../lib/engine/repairs/withdraw.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';

const NOTE: EndNote = { by: 'ada', at: 5_000 };

describe('withdrawing jobs', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const end = async (id: string, outcome: typeof outcomes.failed | typeof outcomes.succeeded) => {
    await engine.add(id);
    await settle(session, [(await take(session, 1))[0] as Taken, outcome]);
  };
  const candidates = async (...ids: string[]) =>
    Promise.all(ids.map(async (id) => ({ id, raw: await engine.client.hget(engine.keys.jobs, id) })));

  describe('archiveJob', () => {
    for (const start of [null, { inMs: 3_600_000 }]) {
      const state = start ? 'delayed' : 'waiting';

      it(`makes a ${state} job failed, saying who did it and when`, async () => {
        await engine.save('a', {}, start);

        expect(await archiveJob(engine, 'a', NOTE)).to.deep.equal({ done: true, was: state });

        const job = await engine.queries.job('a');
        expect(job).to.include({ state: 'failed' });
        expect(job?.record).to.deep.include({ status: 'failed', data: { id: 'a' } });
        expect(job?.record.options.outcome).to.equal('discarded');
        expect(job?.record.options.errors).to.deep.equal([
          { name: 'Archived', message: 'archived by ada', at: 5_000, attempt: 0 },
        ]);
        expect(await engine.queries.counts()).to.include({ failed: 1, waiting: 0, delayed: 0 });
        expect(await engine.client.zcard(engine.keys.failedOrder)).to.equal(1);
      });
    }

    it('leaves those beside it where they are', async () => {
      await engine.add('a', 'b', 'c');

      await archiveJob(engine, 'b', NOTE);

      expect(await engine.waiting()).to.deep.equal(['a', 'c']);
    });

    it('does nothing to a running job, and says so', async () => {
      await engine.add('a');
      const [taken] = (await take(session)) as [Taken];

      expect(await archiveJob(engine, 'a', NOTE)).to.deep.equal({ done: false, state: 'active' });

      expect(await settle(session, [taken, outcomes.succeeded])).to.deep.equal([]);
    });

    it('says what else a job is in, or that there is none', async () => {
      await end('a', outcomes.succeeded);

      expect(await archiveJob(engine, 'a', NOTE)).to.deep.equal({ done: false, state: 'succeeded' });
      expect(await archiveJob(engine, 'none', NOTE)).to.deep.equal({ done: false, state: null });
    });

    it('is said once when it is asked for twice at the same time', async () => {
      await engine.add('a');

      const results = await Promise.all([
        archiveJob(engine, 'a', NOTE),
        archiveJob(engine, 'a', { by: 'grace', at: 6_000 }),
      ]);

      expect(results.filter(({ done }) => done)).to.have.length(1);
      expect((await engine.options('a'))?.errors).to.have.length(1);
    });

    it('can be undone by a retry', async () => {
      await engine.add('a');
      await archiveJob(engine, 'a', NOTE);

      expect(await engine.store.retry('a', 0)).to.deep.equal({ done: true });

      expect(await engine.waiting()).to.deep.equal(['a']);
      expect(await engine.options('a')).not.to.have.property('outcome');
    });

    it('tells those who listen that the job failed', async () => {
      await engine.add('a');
      const listener = connect(redisTarget(), 'subscriber', { log: silentLog });
      const heard = new Promise((resolve) =>
        listener.on('message', (_channel, text) => resolve(JSON.parse(text))),
      );
      await listener.subscribe(engine.keys.events);

      await archiveJob(engine, 'a', NOTE);

      expect(await heard).to.deep.equal({ id: 'a', event: 'failed', data: 'archived by ada' });
      await closeClient(listener);
    });
  });

  describe('archiveIdle', () => {
    it('takes effect once when it is sent twice, and says the same', async () => {
      await engine.add('a');
      const order = { state: 'waiting', jobs: await candidates('a'), within: null, note: NOTE } as const;

      expect(await archiveIdle(engine, order)).to.equal(1);
      expect(await archiveIdle(engine, order)).to.equal(1);

      expect(await engine.queries.counts()).to.include({ failed: 1, waiting: 0 });
    });

    it('leaves a job alone that changed since it was read', async () => {
      await engine.add('a');
      const jobs = await candidates('a');
      await engine.store.updateData('a', 'new');

      expect(await archiveIdle(engine, { state: 'waiting', jobs, within: null, note: NOTE })).to.equal(0);

      expect(await engine.state('a')).to.equal('waiting');
    });
  });

  describe('removeFromState', () => {
    for (const state of ['waiting', 'delayed', 'succeeded', 'failed'] as const) {
      it(`removes ${state} jobs without a trace, and no others`, async () => {
        if (state === 'waiting') await engine.add('a', 'b', 'c');
        for (const id of ['a', 'b', 'c']) {
          if (state === 'delayed') await engine.save(id, {}, { inMs: 3_600_000 });
          if (state === 'succeeded' || state === 'failed') await end(id, outcomes[state]);
        }

        expect(
          await removeFromState(engine, { state, jobs: await candidates('a', 'c'), within: null }),
        ).to.equal(2);

        expect(await engine.queries.counts()).to.include({ [state]: 1 });
        expect((await engine.queries.page(state, 0, 10)).map(({ id }) => id)).to.deep.equal(['b']);
        expect(await engine.client.hkeys(engine.keys.jobs)).to.deep.equal(['b']);
      });

      it(`leaves a running job alone that was ${state}`, async () => {
        await engine.add('a');
        const jobs = await candidates('a');
        const [taken] = (await take(session)) as [Taken];

        expect(await removeFromState(engine, { state, jobs, within: null })).to.equal(0);
        expect(await removeFromState(engine, { state, jobs, within: { farthest: 10, nearest: 1 } })).to.equal(
          0,
        );

        expect(await settle(session, [taken, outcomes.succeeded])).to.deep.equal([]);
      });
    }

    it('cuts them out of a stretch of the list, the order of the others kept', async () => {
      const ids = Array.from({ length: 100 }, (_, at) => `job-${String(at).padStart(2, '0')}`);
      await engine.add(...ids);
      const even = ids.filter((_, at) => at % 2 === 0);
      const within = { farthest: 80, nearest: 11 };

      expect(
        await removeFromState(engine, { state: 'waiting', jobs: await candidates(...even), within }),
      ).to.equal(35);

      const isCut = (at: number): boolean => at % 2 === 0 && at >= 10 && at < 80;
      expect(await engine.waiting()).to.deep.equal(ids.filter((_, at) => !isCut(at)));
    });

    it('leaves a new job alone that goes by the id of one that a stock client removed', async () => {
      await end('a', outcomes.succeeded);
      await engine.client.srem(engine.keys.succeeded, 'a');
      await engine.client.hdel(engine.keys.jobs, 'a');
      await engine.add('a');

      expect(
        await removeFromState(engine, { state: 'succeeded', jobs: await candidates('a'), within: null }),
      ).to.equal(0);

      expect(await engine.queries.job('a')).to.include({ state: 'waiting' });
    });
  });
});
