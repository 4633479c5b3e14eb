import { expect } from 'chai';
import { type QueueLimits, writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import {
  idsOf,
  jobOf,
  moveOne,
  openEngine,
  outcomes,
  pickUp,
  type SpecEngine,
  settle,
  settlementOf,
} from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;

describe('limits of a queue', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const limit = (limits: QueueLimits) =>
    writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
  const add = async (key: string | undefined, ...ids: string[]): Promise<void> => {
    for (const id of ids) await engine.save(id, key === undefined ? {} : { key });
  };
  /** Takes from the queue until nothing more can be had at once. */
  const take = async (wanted: number, by = session): Promise<Taken[]> => {
    const exchange = await by.exchange([], wanted);
    if (exchange.againInMs !== 0 || exchange.taken.length === wanted) return exchange.taken;
    return [...exchange.taken, ...(await take(wanted - exchange.taken.length, by))];
  };
  const takeFirst = async (wanted = 10) => (await take(wanted))[0] as Taken;
  const keysLeft = () => engine.client.keys(`${engine.keys.line('').slice(0, -'line:'.length)}*`);

  describe('over a line that is no list', () => {
    const rejection = () => session.exchange([], 10).then(String, String);

    it('leave what has come where it was, and name the line', async () => {
      await limit({ fair: true });
      await add('a', 'a1', 'a2');
      await add('b', 'b1');
      await add('c', 'c1');
      await engine.client.set(engine.keys.line('b'), 'x');

      expect(await rejection()).to.match(/WRONGTYPE .*line:b holds a string/);

      expect(await engine.client.lrange(engine.keys.waiting, 0, -1)).to.deep.equal(['c1', 'b1', 'a2', 'a1']);
      expect(await engine.client.exists(engine.keys.line('a'), engine.keys.line('c'))).to.equal(0);
      await engine.client.del(engine.keys.line('b'));
      expect(idsOf(await take(10))).to.have.members(['a1', 'a2', 'b1', 'c1']);
    });

    it('take what comes before it, and name it when it is its turn', async () => {
      await limit({ fair: true });
      await add('a', 'a1', 'a2');
      await add('b', 'b1', 'b2');
      await add('c', 'c1', 'c2');
      expect(idsOf(await take(3))).to.deep.equal(['a1', 'b1', 'c1']);
      await engine.client.rename(engine.keys.line('b'), 'aside');
      await engine.client.set(engine.keys.line('b'), 'x');

      expect(idsOf((await session.exchange([], 10)).taken)).to.deep.equal(['a2']);
      expect(await rejection()).to.match(/WRONGTYPE .*line:b holds a string/);

      await engine.client.rename('aside', engine.keys.line('b'));
      expect(idsOf(await take(10))).to.deep.equal(['b2', 'c2']);
    });

    it('drop what a queue of this name has left in one', async () => {
      await limit({ fair: true });
      await engine.client.rpush(engine.keys.line('a'), 'old');
      await add('a', 'a1', 'a2');

      expect(idsOf(await take(10))).to.deep.equal(['a1', 'a2']);
      expect(await engine.client.exists(engine.keys.line('a'))).to.equal(0);
    });
  });

  describe('on how many of a key run', () => {
    beforeEach(() => limit({ perKey: { concurrency: 2 } }));

    it('hold back the jobs of that key alone', async () => {
      await add('a', 'a1', 'a2', 'a3', 'a4');
      await add('b', 'b1');
      await add(undefined, 'c1', 'c2', 'c3');

      const taken = await take(10);

      expect(idsOf(taken)).to.have.members(['a1', 'a2', 'b1', 'c1', 'c2', 'c3']);
    });

    it('keep the order of a key for jobs that a wait has brought while it had no slot', async () => {
      await limit({ perKey: { concurrency: 1 } });
      await add('a', 'a1');
      const first = await takeFirst(1);
      const waiting = engine.session();
      for (const id of ['a2', 'a3']) {
        await add('a', id);
        await moveOne(engine);
        expect((await pickUp(waiting, engine))?.taken).to.deep.equal([]);
      }
      // A wait whose take was never sent.
      await add('a', 'a4');
      await moveOne(engine);
      await waiting.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      await settle(session, [first, outcomes.succeeded]);
      const order: string[] = [];
      for (let next = first; order.length < 3; order.push(next.id)) {
        next = await takeFirst(1);
        await settle(session, [next, outcomes.succeeded]);
      }
      expect(order).to.deep.equal(['a2', 'a3', 'a4']);
    });

    it('keep the order of a key for what a wait has brought and no take has found yet', async () => {
      await limit({ perKey: { concurrency: 1 } });
      await take(1);
      await add('a', 'a1');
      await moveOne(engine);
      await add('a', 'a2');

      expect(idsOf(await take(10))).to.deep.equal(['a1']);
    });

    it('let none of a key overtake one that may have killed a worker, where they run one by one', async () => {
      await limit({ perKey: { concurrency: 1 } });
      // By this it knows that there are limits, so it will free the slot too.
      await take(1);
      await add('a', 'a1', 'a2');
      await add('b', 'b1');
      const dead = engine.session({ leaseMs: 0 });
      expect(idsOf(await take(1, dead))).to.deep.equal(['a1']);
      await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      const beside = await session.exchange([], 10, false);
      const suspected = await session.exchange([], 10, true);

      expect(idsOf(beside.taken)).to.deep.equal(['b1']);
      expect(beside).to.include({ leavesSuspects: true });
      expect(idsOf(suspected.taken)).to.deep.equal(['a1']);
    });

    it('count the jobs that other workers run', async () => {
      await add('a', 'a1', 'a2', 'a3');
      await take(1, engine.session());

      const taken = await take(10);

      expect(idsOf(taken)).to.deep.equal(['a2']);
    });

    it('let the next one start in the very exchange that ends one', async () => {
      await add('a', 'a1', 'a2', 'a3');
      const first = await takeFirst();

      const { taken } = await session.exchange([settlementOf(first, outcomes.succeeded)], 10);

      expect(idsOf(taken)).to.deep.equal(['a3']);
    });

    const ends: Outcome[] = [
      outcomes.retryIn(HOUR_MS),
      outcomes.snoozed(HOUR_MS),
      outcomes.interrupted,
      outcomes.failed,
    ];
    for (const outcome of ends) {
      it(`free the slot of a job that ends with the outcome ${outcome.kind}`, async () => {
        await add('a', 'a1', 'a2', 'a3');
        const first = await takeFirst();

        const { taken } = await session.exchange([settlementOf(first, outcome)], 1);

        expect(taken).to.have.length(1);
        expect(await engine.client.hgetall(engine.keys.busy)).to.deep.equal({ a: '2' });
      });
    }

    it('let the next one start in the very exchange that ends one which another follows', async () => {
      await add('a', 'a1', 'a2', 'a3');
      const first = await takeFirst();
      const follows = [{ queue: engine.keys.jobs.split(':')[1] ?? '', job: jobOf('b1') }];

      const { taken } = await session.exchange([settlementOf(first, { ...outcomes.succeeded, follows })], 10);

      expect(idsOf(taken)).to.have.members(['a3', 'b1']);
    });

    it('serve a job that came back from a stopping worker before the others of its key', async () => {
      await add('a', 'a1', 'a2', 'a3', 'a4');
      const first = await takeFirst();

      const { taken } = await session.exchange([settlementOf(first, outcomes.interrupted)], 1);

      expect(idsOf(taken)).to.deep.equal(['a1']);
    });

    it('free the slots of a dead worker, and serve what it held first, one at a time', async () => {
      await add('a', 'a1', 'a2', 'a3', 'a4');
      const dead = engine.session({ leaseMs: 1 });
      await take(2, dead);
      await take(10);

      await until(
        async () => (await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS })).returned.length > 0,
        'it was found dead',
      );
      await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      const [first, second] = idsOf(await take(10)).sort();
      expect(first).to.be.oneOf(['a1', 'a2']);
      expect(second).to.equal('a3');
    });

    it('free the slot of a job that was removed while it ran', async () => {
      await add('a', 'a1', 'a2', 'a3');
      await take(10);

      await engine.store.remove('a1');
      await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      expect(idsOf(await take(10))).to.deep.equal(['a3']);
    });

    it('free the slot of a job that was given back', async () => {
      await add('a', 'a1', 'a2', 'a3');
      await take(10);

      await session.release(['a1', 'a2']);

      expect(idsOf(await take(10))).to.deep.equal(['a1', 'a2']);
      expect(await engine.client.hgetall(engine.keys.busy)).to.deep.equal({ a: '2' });
    });

    it('take effect on jobs that wait behind them when they are raised', async () => {
      await add('a', 'a1', 'a2', 'a3', 'a4');
      await take(10);

      await limit({ perKey: { concurrency: 4 } });
      await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      expect(idsOf(await take(10))).to.deep.equal(['a3', 'a4']);
    });

    it('ask again soon while a key is full, and not otherwise', async () => {
      await add('a', 'a1', 'a2', 'a3');

      const whileFull = await session.exchange([], 10);
      const ended = whileFull.taken.map((one) => settlementOf(one, outcomes.succeeded));
      const afterwards = await session.exchange(ended, 10);

      expect(whileFull.againInMs).to.be.within(1, 250);
      expect(afterwards.againInMs).to.equal(null);
    });

    it('leave nothing behind when all jobs have ended', async () => {
      const bare = engine.session({ keepSucceeded: 0 });
      await add('a', 'a1', 'a2', 'a3');
      await add('b', 'b1');

      for (let taken = await take(10, bare); taken.length > 0; ) {
        const ended = taken.map((one) => settlementOf(one, outcomes.succeeded));
        ({ taken } = await bare.exchange(ended, 10));
      }

      const names = (await keysLeft()).map((key) => key.split(':').at(-1)).sort();
      expect(names).to.deep.equal(['meta', 'stats', 'workers']);
    });
  });

  describe('on how many run in all', () => {
    it('count the jobs of all workers', async () => {
      await limit({ concurrency: 3 });
      await engine.add('a', 'b', 'c', 'd', 'e');
      await take(2, engine.session());

      const taken = await take(10);

      expect(idsOf(taken)).to.deep.equal(['c']);
    });

    it('keep the order of the jobs', async () => {
      await limit({ concurrency: 2 });
      await engine.add('a', 'b', 'c', 'd');
      const first = await takeFirst();

      const { taken } = await session.exchange([settlementOf(first, outcomes.succeeded)], 10);

      expect(idsOf(taken)).to.deep.equal(['c']);
    });
  });

  describe('on how many begin in a time', () => {
    const rate = { count: 2, perMs: HOUR_MS };

    it('hold back what exceeds them', async () => {
      await limit({ rate });
      await engine.add('a', 'b', 'c');

      expect(idsOf(await take(10))).to.deep.equal(['a', 'b']);
      expect(await take(10)).to.deep.equal([]);
    });

    it('say when the next token comes', async () => {
      await limit({ rate: { count: 2, perMs: 60_000 } });
      await engine.add('a', 'b', 'c');
      await take(2);

      const { againInMs } = await session.exchange([], 1);

      expect(againInMs).to.be.within(10_000, 30_000);
    });

    it('let jobs begin as tokens come', async () => {
      await limit({ rate: { count: 1, perMs: 50 } });
      await engine.add('a', 'b');
      await take(1);

      await until(async () => (await take(1)).length === 1, 'a token came');

      expect(await engine.queries.counts()).to.include({ waiting: 0, active: 2 });
    });

    it('save no more tokens than the burst', async () => {
      await limit({ rate: { count: 1_000, perMs: HOUR_MS, burst: 1 } });
      await engine.add('a', 'b');

      expect(idsOf(await take(10))).to.deep.equal(['a']);
    });

    it('of a key hold back the jobs of that key alone', async () => {
      await limit({ perKey: { rate } });
      await add('a', 'a1', 'a2', 'a3');
      await add('b', 'b1', 'b2', 'b3');
      await add(undefined, 'c1', 'c2', 'c3');

      expect(idsOf(await take(20))).to.have.members(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'c3']);
    });

    it('take the cost of a job', async () => {
      await limit({ rate: { count: 10, perMs: HOUR_MS } });
      await engine.save('a', { cost: 4 });
      await engine.save('b', { cost: 5 });
      await engine.save('c', { cost: 2 });
      await engine.save('d');

      // One token is left for d, but c was there before.
      expect(idsOf(await take(10))).to.deep.equal(['a', 'b']);
    });

    it('let a job begin that costs more than the bucket holds, when it is full', async () => {
      await limit({ perKey: { rate: { count: 2, perMs: HOUR_MS } } });
      await engine.save('a', { key: 'a', cost: 50 });
      await engine.save('b', { key: 'a' });

      expect(idsOf(await take(10))).to.deep.equal(['a']);
    });

    it('forget buckets that are full again', async () => {
      await limit({ perKey: { rate: { count: 1, perMs: 1 } } });
      await add('a', 'a1');
      await take(1);

      await until(async () => {
        await take(1);
        return (await engine.client.exists(engine.keys.rates)) === 0;
      }, 'the bucket was forgotten');
    });
  });

  describe('that are fair', () => {
    beforeEach(() => limit({ fair: true }));
    const many = (key: string, count: number) => Array.from({ length: count }, (_, n) => `${key}${n}`);

    it('let a key with few jobs have its turns beside one with many', async () => {
      await add('a', ...many('a', 100));
      await add('b', ...many('b', 5));

      const taken = idsOf(await take(10));

      expect(taken.filter((id) => id.startsWith('b'))).to.deep.equal(many('b', 5));
    });

    it('go round from one take to the next', async () => {
      await add('a', ...many('a', 10));
      await add('b', ...many('b', 10));
      await add('c', ...many('c', 10));

      const order: string[] = [];
      for (let n = 0; n < 6; n++) order.push(...idsOf(await take(1)));

      expect(order).to.deep.equal(['a0', 'b0', 'c0', 'a1', 'b1', 'c1']);
    });

    it('serve the jobs of a key in their order', async () => {
      await add('a', ...many('a', 30));

      expect(idsOf(await take(30))).to.deep.equal(many('a', 30));
    });

    for (const place of ['-inf', '1e300', '9007199254740993', '-1e300', 'inf']) {
      it(`serve what stands behind a line with a place of ${place}, and drop that one where it is empty`, async () => {
        await engine.client.zadd(engine.keys.turns, place, 'ghost');
        await add('a', 'a0', 'a1');

        expect(idsOf(await take(2))).to.deep.equal(['a0', 'a1']);
        expect(await take(1)).to.deep.equal([]);
        expect(await engine.client.zscore(engine.keys.turns, 'ghost')).to.equal(null);
      });
    }

    it('take jobs whose record is gone or unreadable for such without a key', async () => {
      await engine.client.lpush(engine.keys.waiting, 'ghost');
      await engine.client.hset(engine.keys.jobs, 'broken', '{"key":');
      await engine.client.lpush(engine.keys.waiting, 'broken');

      const taken = await take(10);

      expect(taken.map(({ id, readable }) => [id, readable])).to.deep.equal([
        ['ghost', false],
        ['broken', false],
      ]);
    });

    it('go by the option, not by what stands in the data', async () => {
      await engine.store.save([]);
      await engine.save('a', { key: 'k' });
      await engine.client.hset(
        engine.keys.jobs,
        'b',
        '{"data":{"options":{"key":"x"}},"options":{"timestamp":1}}',
      );
      await engine.client.lpush(engine.keys.waiting, 'b');

      await session.exchange([], 1);

      expect(await engine.client.zrange(engine.keys.turns, 0, '-1')).to.deep.equal(['']);
    });

    it('undo the lines when they are lifted, and lose nothing', async () => {
      await add('a', ...many('a', 5));
      await add('b', ...many('b', 5));
      await take(2);

      await engine.client.hset(
        engine.keys.meta,
        'limits',
        JSON.stringify({ limits: null, by: 'spec', at: 2 }),
      );
      const rest = await take(20);
      await add('a', 'last');

      expect(rest).to.have.length(8);
      expect(idsOf(await take(20))).to.deep.equal(['last']);
      expect(await engine.client.hexists(engine.keys.meta, 'limits')).to.equal(0);
    });
  });

  it('sort a job that a blocking move has brought like the others', async () => {
    await limit({ perKey: { concurrency: 1 } });
    await add('a', 'a1');
    await take(1);
    await add('a', 'a2');
    await moveOne(engine);

    const exchange = await pickUp(session, engine);

    expect(exchange?.taken).to.deep.equal([]);
    expect(await engine.queries.counts()).to.include({ waiting: 1, active: 1 });
  });

  it('hold for a worker that was there before they were set', async () => {
    await engine.add('a', 'b', 'c');
    const first = await takeFirst(1);

    await limit({ concurrency: 1 });

    expect(await take(1)).to.deep.equal([]);
    await settle(session, [first, outcomes.succeeded]);
    expect(await take(5)).to.have.length(1);
  });
});
