import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { addUnique, type UniqueAdd, uniqueKeysOf } from '../../support/unique.ts';

const HOUR_MS = 3_600_000;

describe('replacing the job that holds a unique key', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const replace = (id: string, options: UniqueAdd = {}) =>
    addUnique(engine, id, { onConflict: 'replace', ...options });
  const read = (id: string) => engine.queries.job(id);
  const dataOf = async (id: string) => (await read(id))?.record.data;
  const dueInMs = async (id: string): Promise<number> => {
    const due = await engine.client.zscore(engine.keys.delayed, id);
    return due === null ? Number.NaN : Number(due) - Date.now();
  };

  describe('that waits', () => {
    it('gives it the new data and options in its place, and makes no second', async () => {
      await replace('a');
      await engine.add('later');

      expect(await replace('b', { data: 'new', retries: 7 })).to.deep.equal({ outcome: 'replaced', id: 'a' });

      expect(await engine.waiting()).to.deep.equal(['a', 'later']);
      expect((await read('a'))?.record).to.deep.include({ data: 'new' });
      expect((await engine.options('a'))?.retries).to.equal(7);
    });

    it('puts it off when the new one is delayed', async () => {
      await replace('a');

      await replace('b', { start: { inMs: HOUR_MS } });

      expect((await read('a'))?.state).to.equal('delayed');
      expect(await engine.waiting()).to.deep.equal([]);
    });

    describe('in the line of a key', () => {
      const lengthOf = (line: string) => engine.client.llen(engine.keys.line(line));

      beforeEach(async () => {
        await writeLimits(engine.client, engine.keys, { limits: { fair: true }, by: 'ada', at: 1 });
        await engine.save('first', { key: 'x' });
        await replace('a', { line: 'x' });
        await takeOne(session);
        expect(await lengthOf('x')).to.equal(1);
      });

      it('takes it out of the line when the new one is delayed', async () => {
        await replace('b', { line: 'x', start: { inMs: HOUR_MS } });

        expect((await read('a'))?.state).to.equal('delayed');
        expect(await lengthOf('x')).to.equal(0);
      });

      it('lets it wait in the line of its new key', async () => {
        await replace('b', { line: 'y' });

        expect(await lengthOf('x')).to.equal(0);
        expect(await engine.store.remove('a')).to.equal('waiting');
        expect(await take(session, 1)).to.deep.equal([]);
      });
    });

    it('is only done when it is asked for', async () => {
      await replace('a');

      expect(await addUnique(engine, 'b')).to.deep.equal({ outcome: 'held', id: 'a' });

      expect(await dataOf('a')).to.deep.equal({ id: 'a' });
    });

    it('lets the last command that is sent again change nothing more', async () => {
      await replace('a');
      const once = await replace('b');
      await takeOne(session);

      expect(await replace('b')).to.deep.equal(once);

      expect(await engine.client.zcard(engine.keys.delayed)).to.equal(0);
    });
  });

  describe('that is delayed', () => {
    it('is a debounce: each further one begins the delay anew', async () => {
      await replace('a', { start: { inMs: 1_000 } });

      await replace('b', { start: { inMs: HOUR_MS } });
      expect(await dueInMs('a')).to.be.within(HOUR_MS - 10_000, HOUR_MS);
      await replace('c', { start: { inMs: 1_000 }, data: 'newest' });

      expect(await dueInMs('a')).to.be.below(1_001);
      expect(await dataOf('a')).to.equal('newest');
      expect(await engine.client.hlen(engine.keys.jobs)).to.equal(1);
    });

    it('leaves its start as it is when the new one has none', async () => {
      await replace('a', { start: { inMs: HOUR_MS } });

      await replace('b');

      expect(await dueInMs('a')).to.be.within(HOUR_MS - 10_000, HOUR_MS);
    });

    it('counts the ttl from the new start', async () => {
      await replace('a', { ttlMs: 100_000 });

      await replace('b', { ttlMs: 100_000, start: { inMs: HOUR_MS } });

      expect(await engine.client.pttl(engine.keys.lock('k'))).to.be.within(HOUR_MS, HOUR_MS + 100_000);
    });

    it('tells workers of a start that is earlier than any other', async () => {
      const subscriber = connect(redisTarget(), 'subscriber', { log: silentLog });
      const told: string[] = [];
      subscriber.on('message', (_channel: string, due: string) => told.push(due));
      await subscriber.subscribe(engine.keys.earlierDelayed);
      await replace('a', { start: { inMs: HOUR_MS } });

      await replace('b', { start: { at: 5 } });

      await subscriber.ping();
      expect(told.at(-1)).to.equal('5');
      await closeClient(subscriber);
    });
  });

  describe('that is running', () => {
    it('parks the new one until the running one has ended, and then offers it', async () => {
      await replace('a');
      const running = await takeOne(session);

      expect(await replace('b')).to.deep.equal({ outcome: 'created', id: 'b', state: 'delayed' });
      expect(await take(session)).to.deep.equal([]);
      await settle(session, [running, outcomes.succeeded]);

      expect(await engine.waiting()).to.deep.equal(['b']);
      expect(await engine.client.zcard(engine.keys.delayed)).to.equal(0);
    });

    it('parks one at most, with the newest data', async () => {
      await replace('a');
      const running = await takeOne(session);
      await replace('b');

      expect(await replace('c', { data: 'newer' })).to.deep.equal({ outcome: 'replaced', id: 'b' });
      expect(await replace('d', { data: 'newest' })).to.deep.equal({ outcome: 'replaced', id: 'b' });
      await settle(session, [running, outcomes.failed]);

      expect(await engine.waiting()).to.deep.equal(['b']);
      expect(await dataOf('b')).to.equal('newest');
    });

    it('hands the key on to the parked one, and its end leaves nothing', async () => {
      await replace('a');
      const running = await takeOne(session);
      await replace('b');
      await settle(session, [running, outcomes.succeeded]);

      expect(await addUnique(engine, 'c')).to.deep.equal({ outcome: 'held', id: 'b' });
      await settle(session, [await takeOne(session), outcomes.succeeded]);

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    });

    it('keeps the new one parked over the retries of the running one', async () => {
      await replace('a', { retries: 1 });
      const running = await takeOne(session);
      await replace('b');

      await settle(session, [running, outcomes.retryIn(HOUR_MS)]);

      expect(await engine.waiting()).to.deep.equal([]);
      expect(await replace('c', { data: 'newest' })).to.deep.equal({ outcome: 'replaced', id: 'b' });
      expect(await dataOf('a')).to.deep.equal({ id: 'a' });
    });

    it('offers the parked one when the running one is removed', async () => {
      await replace('a');
      await takeOne(session);
      await replace('b');

      await engine.store.remove('a');

      expect(await engine.waiting()).to.deep.equal(['b']);
    });

    it('starts the parked one no earlier than it said itself', async () => {
      await replace('a');
      const running = await takeOne(session);
      await replace('b', { start: { inMs: HOUR_MS } });

      await settle(session, [running, outcomes.succeeded]);

      expect(await engine.waiting()).to.deep.equal([]);
      expect(await dueInMs('b')).to.be.within(HOUR_MS - 10_000, HOUR_MS);
    });

    it('counts the ttl of the parked one from the end of the running one', async () => {
      await replace('a', { ttlMs: HOUR_MS });
      const running = await takeOne(session);

      await replace('b', { ttlMs: 100_000 });
      expect(await engine.client.pttl(engine.keys.lock('k'))).to.equal(-1);
      await settle(session, [running, outcomes.succeeded]);

      expect(await engine.client.pttl(engine.keys.lock('k'))).to.be.within(1, 100_000);
    });

    it('leaves the key and its time to the running one when the parked one is removed', async () => {
      await replace('a', { ttlMs: HOUR_MS });
      await takeOne(session);
      await replace('b');

      await engine.store.remove('b');

      expect(await engine.client.pttl(engine.keys.lock('k'))).to.be.within(1, HOUR_MS);
      expect(await engine.client.hgetall(engine.keys.uniques)).to.deep.equal({ a: 'k' });
    });

    it('gives one that was made to start by hand the newest data where it is', async () => {
      await replace('a');
      await takeOne(session);
      await replace('b');
      await engine.store.promote('b');

      expect(await replace('c', { data: 'newest' })).to.deep.equal({ outcome: 'replaced', id: 'b' });

      expect(await engine.waiting()).to.deep.equal(['b']);
      expect(await engine.client.zcard(engine.keys.delayed)).to.equal(0);
      expect(await dataOf('b')).to.equal('newest');
    });

    it('parks anew when the parked one was made to start by hand', async () => {
      await replace('a');
      await takeOne(session);
      await replace('b');
      await engine.store.promote('b');
      await takeOne(session);

      expect(await replace('c')).to.deep.equal({ outcome: 'created', id: 'c', state: 'delayed' });
    });

    it('lets a save that is sent again park no second', async () => {
      await replace('a');
      await takeOne(session);
      const once = await replace('b');

      expect(await replace('b')).to.deep.equal(once);

      expect(await engine.client.zcard(engine.keys.delayed)).to.equal(1);
    });
  });

  describe('a parked job whose guard time is over', () => {
    const endGuard = () => engine.client.zadd(engine.keys.delayed, 1, 'b');

    beforeEach(async () => {
      await replace('a');
      await takeOne(session);
      await replace('b');
    });

    it('stays parked while the other goes on', async () => {
      await endGuard();

      expect((await engine.store.promoteDue()).moved).to.equal(0);

      expect(await engine.waiting()).to.deep.equal([]);
      expect(await dueInMs('b')).to.be.within(1, 60_000);
    });

    for (const how of ['removed', 'ended'] as const) {
      it(`starts, and has the key, when a stock client has ${how} the other`, async () => {
        const ended = engine.client.multi().lrem(engine.keys.active, 0, 'a');
        if (how === 'removed') ended.hdel(engine.keys.jobs, 'a');
        else ended.sadd(engine.keys.succeeded, 'a');
        await ended.exec();
        await endGuard();

        expect((await engine.store.promoteDue()).moved).to.equal(1);

        expect(await engine.waiting()).to.deep.equal(['b']);
        expect(await addUnique(engine, 'c')).to.deep.equal({ outcome: 'held', id: 'b' });
      });
    }

    it('starts at the next add, too, when a stock client has removed the other', async () => {
      await engine.client.multi().lrem(engine.keys.active, 0, 'a').hdel(engine.keys.jobs, 'a').exec();

      expect(await addUnique(engine, 'c')).to.deep.equal({ outcome: 'held', id: 'b' });

      expect(await engine.waiting()).to.deep.equal(['b']);
    });
  });

  it('moves delayed jobs on as ever where there are unique ones', async () => {
    await addUnique(engine, 'a', { start: { at: 5 } });
    await engine.save('plain', {}, { at: 6 });

    expect((await engine.store.promoteDue()).moved).to.equal(2);

    expect(await engine.waiting()).to.deep.equal(['a', 'plain']);
  });
});
