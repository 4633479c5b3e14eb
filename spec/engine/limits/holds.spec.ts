import { expect } from 'chai';
import { LOWEST_PRIORITY } from '../../../lib/engine/keys.ts';
import { readHolds } from '../../../lib/engine/limits/holds.ts';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;

describe('what is held back', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  /** Adds jobs of these keys, named after them and numbered; '' for none. */
  const add = (...keys: string[]) =>
    engine.store.save(keys.map((key, at) => jobOf(`${key || 'none'}${at}`, at, key === '' ? {} : { key })));
  const idsOf = (taken: readonly Taken[]): string[] => taken.map(({ id }) => id);
  const takeAll = async (wanted = 10): Promise<string[]> => idsOf(await take(session, wanted));
  const hold = (id: string, key = '', forMs = HOUR_MS) => session.holdBack(id, key, forMs);
  /** Lets go of all holds, as if their time were over. */
  const end = () => engine.client.zadd(engine.keys.rates, 'XX', 1, '\u0001', 1, '\u0001a');
  const holds = async () => readHolds(engine, Date.now(), 10);

  it('of a queue is nothing taken, until the time is over', async () => {
    await add('', '', '');
    const first = await takeOne(session);
    await hold(first.id);

    expect(await takeAll()).to.deep.equal([]);
    expect((await session.exchange([], 5)).againInMs).to.be.within(1, HOUR_MS);
    await end();

    expect(await takeAll()).to.deep.equal(['none1', 'none2']);
  });

  it('of one key only that is not taken, and others are', async () => {
    await add('a', 'a', 'b', '', 'a');
    const first = await takeOne(session);
    await hold(first.id, 'a');

    expect(await takeAll()).to.have.members(['b2', 'none3']);
    await engine.store.save([jobOf('late', 1, { key: 'a' }), jobOf('other', 1, { key: 'c' })]);
    expect(await takeAll()).to.deep.equal(['other']);
    await end();

    await until(async () => (await engine.client.zcard(engine.keys.pending)) > 0, 'they are held');
    await engine.client.zadd(engine.keys.pending, 'XX', 1, 'a');
    expect(await takeAll()).to.deep.equal(['a1', 'a4', 'late']);
  });

  it('lasts as long as the longest that was asked for', async () => {
    await add('', '');
    const first = await takeOne(session);

    await hold(first.id, '', HOUR_MS);
    await hold(first.id, '', 1);

    const [held] = await holds();
    expect(held?.key).to.equal(null);
    expect(held?.until).to.be.closeTo(Date.now() + HOUR_MS, 60_000);
  });

  it('is asked for in vain by who has lost the claim', async () => {
    await add('', '');
    const first = await takeOne(session);
    await settle(session, [first, outcomes.succeeded]);

    expect(await hold(first.id)).to.equal(false);

    expect(await engine.client.exists(engine.keys.rates)).to.equal(0);
    expect(await takeAll()).to.deep.equal(['none1']);
  });

  it('is heeded where the queue has limits, and jobs stand in lines of no key', async () => {
    const limits = { concurrency: 100 };
    await writeLimits(engine.client, engine.keys, { limits, by: 'ada', at: 1 });
    await add('a', 'a', 'b', 'a', 'b');
    const first = await takeOne(session);
    expect(first.id).to.equal('a0');

    await hold(first.id, 'a');

    expect(await takeAll()).to.deep.equal(['b2', 'b4']);
    expect(await engine.client.lrange(engine.keys.line('a'), 0, -1)).to.deep.equal(['a3', 'a1']);
  });

  it('is heeded among priorities, which stay in their order', async () => {
    await engine.store.save([
      jobOf('x', 1, { key: 'a', priority: LOWEST_PRIORITY }),
      jobOf('y', 1, { key: 'b', priority: LOWEST_PRIORITY }),
      jobOf('z', 1, { key: 'a', priority: 0 }),
      jobOf('u', 1, { key: 'b', priority: 0 }),
    ]);
    await engine.client.hset(engine.keys.meta, 'priorities', String(Date.now()), 'limits', '{}');
    const first = await takeOne(session);
    await hold(first.id, 'a');

    expect([first.id, await takeAll()]).to.deep.equal(['z', ['u', 'y']]);
  });

  it('leaves nothing behind when its time is over and nothing waits', async () => {
    await add('a');
    const first = await takeOne(session);
    await hold(first.id, 'a', 1);
    await until(async () => (await holds()).length === 0, 'the time is over');

    await settle(session, [first, outcomes.succeeded]);
    await takeAll();

    expect(await engine.client.hexists(engine.keys.meta, 'holds')).to.equal(0);
    expect(await engine.client.hexists(engine.keys.meta, 'limits')).to.equal(0);
    expect(await engine.client.exists(engine.keys.rates)).to.equal(0);
  });
});
