import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { Lane } from '../../../lib/engine/pump/lane.ts';
import { Suspects } from '../../../lib/engine/pump/suspects.ts';
import { Waiter } from '../../../lib/engine/pump/waiter.ts';
import { dueGroups } from '../../../lib/engine/upkeep/group-watch.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';

const TIMES = 10;
const ORDER = { lossLimit: 3, orphanIntervalMs: 3_600_000 };

describe('what a worker with nothing to do asks of Redis', () => {
  let redis: SpecRedis;
  let engine: SpecEngine;
  let lane: Lane;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  beforeEach(() => {
    engine = openEngine(redis.url);
    const ignore = (): void => {};
    const { client, keys } = engine;
    lane = new Lane({
      queue: 'mail',
      weight: 1,
      concurrency: 1,
      idleSince: () => null,
      worker: 'host:1',
      session: engine.session(),
      waiter: new Waiter({ blocking: client, commands: client, keys, connectionName: 'none' }),
      clock: systemClock,
      suspects: new Suspects(),
      hooks: { settled: ignore, fenced: ignore, recovered: ignore, troubled: ignore },
      wake: ignore,
      brought: async () => {},
    });
  });
  afterEach(() => engine.close());

  /** How many commands of Redis one costs, those of its script too; the first, which makes what is not there yet, not counted. */
  async function cost(act: () => Promise<unknown>): Promise<number> {
    await act();
    const before = await commands();
    for (let time = 0; time < TIMES; time++) await act();
    // Asking is one too.
    return ((await commands()) - before - 1) / TIMES;
  }

  async function commands(): Promise<number> {
    const stats = await engine.client.info('commandstats');
    return [...stats.matchAll(/:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  }

  it('is five commands for each beat, and one more where two fall in one millisecond', async () => {
    expect(await cost(() => lane.beat())).to.be.at.most(6);
  });

  it('is four commands for each look for dead workers, as long as that for orphans is not due', async () => {
    expect(await cost(() => lane.recover(ORDER))).to.be.at.most(4);
  });

  it('is three commands for each look at what is delayed, and at groups', async () => {
    expect(await cost(() => engine.store.promoteDue())).to.be.at.most(3);
    expect(await cost(() => dueGroups(engine).promoteDue())).to.be.at.most(3);
  });

  it('is two commands for a take behind a wait that has brought nothing', async () => {
    const session = engine.session();
    const { client, keys } = engine;
    const waiter = new Waiter({ blocking: client, commands: client, keys, connectionName: 'none' });
    await session.renew([]);

    const picked = session.pickUp(1, async (takes) => {
      const before = await commands();
      const waiting = waiter.wait(takes);
      const reply = await waiting;
      // The move, the script, what it looks at, and the asking.
      expect((await commands()) - before).to.be.at.most(4);
      return reply;
    });

    expect(await picked).to.equal(null);
  });
});
