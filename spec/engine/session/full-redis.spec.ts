import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;

describe('a session while Redis is full', () => {
  let redis: SpecRedis;
  let engine: SpecEngine;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    engine = openEngine(redis.url);
  });
  afterEach(async () => {
    await engine.close();
    await redis.stop();
  });

  const fill = async (): Promise<void> => {
    await engine.client.config('SET', 'maxmemory-policy', 'noeviction');
    await engine.client.config('SET', 'maxmemory', '1');
  };
  const refusal = (error: Error): string => error.message;

  it('cannot add', async () => {
    await fill();

    expect(await engine.add('a').catch(refusal)).to.match(/is full: OOM/);
  });

  for (const limited of [false, true]) {
    it(`joins, takes, renews and settles${limited ? ', also where the queue has limits' : ''}`, async () => {
      const { client, keys } = engine;
      if (limited)
        await writeLimits(client, keys, { limits: { perKey: { concurrency: 9 } }, by: 'spec', at: 1 });
      for (const id of ['a', 'b', 'c', 'd', 'e']) await engine.save(id, { key: id, retries: 1 });
      await fill();
      const session = engine.session();

      const taken = await take(session, 5);
      const ids = taken.map(({ id }) => id);
      expect(ids).to.have.members(['a', 'b', 'c', 'd', 'e']);
      const [one, two, three, four, five] = taken as [Taken, Taken, Taken, Taken, Taken];

      expect(await session.renew(ids)).to.deep.equal({ state: 'ok', lost: [], unheld: [] });
      expect(await session.progress(one.id, { ...one.record, progress: 50 })).to.equal(true);
      expect(await session.fencingNumber(one.id)).to.be.above(0);
      expect(await settle(session, [one, outcomes.succeeded])).to.deep.equal([]);
      expect(await settle(session, [two, outcomes.failed], [three, outcomes.retryIn(0)])).to.deep.equal([]);
      expect(await settle(session, [four, outcomes.snoozed(HOUR_MS)])).to.deep.equal([]);
      expect(await session.release([five.id])).to.equal(1);

      expect(await engine.queries.counts()).to.include({ succeeded: 1, failed: 1, delayed: 1, active: 0 });
    });
  }

  it('has what is due moved on, and jobs cancelled', async () => {
    await engine.save('a', {}, { inMs: 1 });
    await engine.add('b');
    const session = engine.session();
    await take(session, 1);
    await fill();

    await until(async () => (await engine.store.promoteDue()).moved === 1, 'it is due');
    expect(await cancelJob(engine, 'b', { by: 'ops', at: 1 })).to.deep.equal({ done: true, was: 'active' });
  });

  it('joins before it takes any', async () => {
    await fill();

    const session = engine.session();

    expect(await session.renew([])).to.include({ state: 'ok' });
    expect(await engine.client.zcard(engine.keys.workers)).to.equal(1);
  });

  it('gives back what nobody works on', async () => {
    await engine.add('a', 'b', 'c');
    const dead = engine.session({ leaseMs: 0 });
    await take(dead, 1);
    await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');
    const session = engine.session();
    await fill();

    const order = { lossLimit: 3, orphanIntervalMs: 60_000 };
    const dying = await session.recover(order);
    await engine.client.del(engine.keys.stallBlock);
    const found = await session.recover(order);

    expect([dying.returned, dying.failures]).to.deep.equal([['a'], []]);
    expect([found.orphans, found.failures]).to.deep.equal([['b'], []]);
  });
});
