import { expect } from 'chai';
import { type QueueLimits, writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { freePort } from '../../../lib/redis/free-port.ts';
import { openEngine, type SpecEngine, take, takeOne } from '../../support/engine.ts';
import { type MovedClock, makeMovedClock } from '../../support/moved-clock.ts';
import { type BareRedis, startBareRedis } from '../../support/redis-server.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 2_000;
const ORDER = { lossLimit: 3, orphanIntervalMs: 60_000 };

describe('a queue whose Redis has its clock set back by an hour', () => {
  let clock: MovedClock | null;
  let redis: BareRedis;
  let engine: SpecEngine;

  before(async function () {
    clock = await makeMovedClock();
    if (clock === null) return this.skip();
    redis = await startBareRedis(await freePort(), {}, undefined, clock.env);
  });
  beforeEach(() => {
    clock?.move(HOUR_MS);
    engine = openEngine(redis.url);
  });
  afterEach(() => engine?.close());
  after(async () => {
    await redis?.stop();
    await clock?.remove();
  });

  const setBack = (): void => clock?.move(0);
  const endOf = async ({ incarnation }: Session): Promise<number> =>
    Number(await engine.client.zscore(engine.keys.workers, incarnation));
  const redisNow = async (): Promise<number> => Number((await engine.client.time())[0]) * 1_000;

  it('has the jobs of a dead worker back when a lease is over, and none of one that lives', async () => {
    await engine.add('dead', 'held');
    await takeOne(engine.session({ leaseMs: LEASE_MS }));
    const holder = engine.session({ leaseMs: LEASE_MS });
    await takeOne(holder);
    const judge = engine.session({ leaseMs: LEASE_MS, judgesAfterMs: LEASE_MS });
    await judge.renew([]);

    setBack();
    const returned: string[] = [];
    const look = async (): Promise<boolean> => {
      expect(await holder.renew(['held'])).to.deep.include({ state: 'ok', lost: [] });
      await judge.renew([]);
      returned.push(...(await judge.recover(ORDER)).returned);
      return returned.length > 0;
    };
    await until(look, 'the job of the dead is back');

    expect(returned).to.deep.equal(['dead']);
    expect(await engine.active()).to.deep.equal(['held']);
  });

  it('gives who has not renewed yet a whole lease from then on', async () => {
    await engine.add('held');
    const holder = engine.session({ leaseMs: 600_000 });
    await takeOne(holder);
    const judge = engine.session({ leaseMs: LEASE_MS });

    setBack();
    await judge.renew([]);
    const { returned } = await judge.recover(ORDER);

    expect(returned).to.deep.equal([]);
    expect((await endOf(holder)) - (await redisNow())).to.be.within(540_000, 601_000);
    expect(await holder.renew(['held'])).to.deep.include({ state: 'ok', lost: [], unheld: [] });
  });

  it('leaves alone the lease of a worker of an earlier version, whose name does not say how long it is', async () => {
    const endsAt = (await redisNow()) + LEASE_MS;
    await engine.client.zadd(engine.keys.workers, endsAt, 'earlier');

    setBack();
    await engine.session().recover(ORDER);

    expect(Number(await engine.client.zscore(engine.keys.workers, 'earlier'))).to.equal(endsAt);
  });

  it('looks for what nobody claims when an interval is over', async () => {
    await engine.client.lpush(engine.keys.active, 'a');
    await engine.client.hset(engine.keys.jobs, 'a', '{}');
    const session = engine.session();
    const order = { lossLimit: 3, orphanIntervalMs: 500 };
    await session.recover(order);

    setBack();
    const look = async (): Promise<boolean> => {
      await session.renew([]);
      return (await session.recover(order)).orphans.includes('a');
    };
    await until(look, 'it is back');
  });

  const RATE = { count: 1, perMs: 500 };
  for (const [of, limits] of [
    ['the queue', { rate: RATE }],
    ['each key', { perKey: { rate: RATE } }],
  ] as const satisfies [string, QueueLimits][])
    it(`waits for the rate of ${of} no longer than before`, async () => {
      await writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
      for (const id of ['a', 'b', 'c']) await engine.save(id, { key: 'k' });
      const session = engine.session();
      const taken: string[] = [];
      const look = async (): Promise<boolean> => {
        taken.push(...(await take(session, 3)).map(({ id }) => id));
        return taken.length === 3;
      };
      await look();
      await look();

      setBack();
      await until(look, 'all of them are taken');

      expect(taken).to.deep.equal(['a', 'b', 'c']);
    });

  it('leaves the block of a stock worker alone, which does not say how long it is', async () => {
    await engine.client.set(engine.keys.stallBlock, '1', 'PX', 60_000);

    setBack();
    await engine.session().recover({ lossLimit: 3, orphanIntervalMs: 500 });

    expect(await engine.client.pttl(engine.keys.stallBlock)).to.be.above(HOUR_MS - 60_000);
  });
});
