import { expect } from 'chai';
import { DEFAULT_PRIORITY } from '../../../lib/engine/keys.ts';
import { type QueueLimits, writeLimits } from '../../../lib/engine/limits/limits.ts';
import { readLists, waitingLists } from '../../../lib/engine/limits/lines.ts';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settlementOf } from '../../support/engine.ts';

const HOUR_MS = 3_600_000;

describe('priorities', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const add = (id: string, priority: number, options: Partial<StoredOptions> = {}) =>
    engine.save(id, { ...options, ...(priority !== DEFAULT_PRIORITY && { priority }) });
  const take = async (wanted = 10, by = session): Promise<string[]> =>
    (await by.exchange([], wanted)).taken.map(({ id }) => id);
  const limit = (limits: QueueLimits) =>
    writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
  const note = () => engine.client.hmget(engine.keys.meta, 'limits', 'priorities');

  it('serve the higher first, and each in the order in which it came', async () => {
    for (const [id, priority] of Object.entries({ d1: 4, i1: 9, a1: 0, d2: 4, a2: 0, i2: 9 }))
      await add(id, priority);

    expect(await take(3)).to.deep.equal(['a1', 'a2', 'd1']);
    expect(await take(3)).to.deep.equal(['d2', 'i1', 'i2']);
  });

  it('let what goes in front come before those of its priority, the last first', async () => {
    await add('d1', 4);
    await add('d2', 4, { front: true });
    await add('d3', 4, { front: true });
    await add('a1', 0);

    expect(await take()).to.deep.equal(['a1', 'd3', 'd2', 'd1']);
  });

  it('are found behind key and cost, and not in the data', async () => {
    await add('plain', 4);
    const data = { options: { priority: 0 }, text: '"priority":0,"front":true' };
    await engine.store.save([jobOf('sly', data)]);
    await add('first', 1, { key: 'with "quotes" and ,"priority":9', cost: 3 });

    expect(await take()).to.deep.equal(['first', 'plain', 'sly']);
  });

  it('leave a queue alone that has none', async () => {
    await add('d1', 4);

    expect(await take()).to.deep.equal(['d1']);
    expect(await note()).to.deep.equal([null, null]);
  });

  it('are told by many jobs in one call, and by one that is delayed', async () => {
    const jobs = [jobOf('d1'), jobOf('a1', {}, { priority: 0 }), jobOf('d2')];
    await engine.store.save(jobs);
    await engine.save('later', { priority: 0 }, { inMs: HOUR_MS });
    await engine.store.promote('later');

    expect(await take()).to.deep.equal(['a1', 'later', 'd1', 'd2']);
  });

  it('stay with a job that is given back by the death of its worker', async () => {
    const dying = engine.session();
    await add('i1', 9);
    await take(10, dying);
    await add('i2', 9);
    await add('d1', 4);
    await session.renew([]);
    await engine.client.zadd(engine.keys.workers, 'XX', 1, dying.incarnation);
    await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

    expect(await take()).to.deep.equal(['d1', 'i1', 'i2']);
  });

  it('stay with a job whose data a unique key replaces, which gets those of the new one', async () => {
    const key = { key: 'k', ttlMs: null, onConflict: 'replace', release: 'end' } as const;
    await engine.store.saveUnique(jobOf('u', {}, { priority: 9, unique: { key: 'k' } }), key);
    await add('d1', 4);
    await limit({ concurrency: 1 });
    expect(await take()).to.deep.equal(['d1']);
    await engine.store.saveUnique(jobOf('v', {}, { priority: 0, unique: { key: 'k' } }), key);
    await add('a1', 1);
    await limit({ concurrency: 10 });

    expect(await take()).to.deep.equal(['u', 'a1']);
  });

  it('come before turns between keys, and a key runs no more for them than it may', async () => {
    await limit({ perKey: { concurrency: 1 } });
    await add('x9', 9, { key: 'x' });
    await add('x0', 0, { key: 'x' });
    await add('y4', 4, { key: 'y' });

    const { taken } = await session.exchange([], 10);
    expect(taken.map(({ id }) => id)).to.deep.equal(['x0', 'y4']);
    const [first] = taken;
    const next = await session.exchange(first ? [settlementOf(first, outcomes.succeeded)] : [], 10);
    expect(next.taken.map(({ id }) => id)).to.deep.equal(['x9']);
  });

  describe('that are changed', () => {
    it('put a waiting job last in its new line, wherever it stood', async () => {
      await add('i1', 9);
      await add('d1', 4);
      await add('d2', 4);
      expect(await take(1)).to.deep.equal(['d1']);

      expect(await engine.store.setPriority('i1', { priority: 4 })).to.deep.equal({ done: true });

      expect(await take(1)).to.deep.equal(['d2']);
      expect(await take(1)).to.deep.equal(['i1']);
    });

    it('give a job that was saved without one its priority, and leave its data as they were', async () => {
      await add('d1', 4);
      await engine.client.hset(engine.keys.jobs, 'd2', '{"data":{"a":1.0},"options":{"timestamp":1}}');
      await engine.client.lpush(engine.keys.waiting, 'd2');

      await engine.store.setPriority('d2', { priority: 3 });

      expect(await engine.client.hget(engine.keys.jobs, 'd2')).to.equal(
        '{"options":{"priority":3,"timestamp":1},"data":{"a":1.0}}',
      );
      expect(await take()).to.deep.equal(['d2', 'd1']);
    });

    it('stay as they are of a job that runs, has ended, waits in a group, or is not there', async () => {
      await add('d1', 4);
      await take();

      for (const id of ['d1', 'nobody']) {
        const state = id === 'd1' ? 'active' : null;
        expect(await engine.store.setPriority(id, { priority: 0 })).to.deep.equal({ done: false, state });
      }
    });
  });

  describe('are forgotten', () => {
    const longAgo = () => engine.client.hset(engine.keys.meta, 'priorities', 1);

    it('a while after the last job has ended, and leave nothing', async () => {
      await add('i1', 9);
      const { taken } = await session.exchange([], 1);
      await session.exchange(
        taken.map((one) => settlementOf(one, outcomes.succeeded)),
        1,
      );
      expect((await note())[0]).to.equal('{}');

      await longAgo();
      await session.exchange([], 1);

      expect(await note()).to.deep.equal([null, null]);
    });

    it('not as long as one of them is delayed', async () => {
      await engine.save('later', { priority: 0 }, { inMs: HOUR_MS });
      await longAgo();
      await session.exchange([], 1);
      await add('d1', 4);

      await engine.store.promote('later');

      expect(await take()).to.deep.equal(['later', 'd1']);
    });

    it('and known again by a failed job that is retried', async () => {
      await add('a1', 0);
      const { taken } = await session.exchange([], 1);
      await session.exchange(
        taken.map((one) => settlementOf(one, outcomes.failed)),
        0,
      );
      await longAgo();
      await session.exchange([], 1);
      await add('d1', 4);

      await engine.store.retry('a1', 0);

      expect(await take()).to.deep.equal(['a1', 'd1']);
    });
  });

  describe('beside aging', () => {
    beforeEach(() => limit({ agingMs: HOUR_MS }));

    /** As if a job had waited so long. */
    const age = async (id: string): Promise<void> => {
      await engine.client.hset(engine.keys.waitingSince, id, 1);
      await engine.client.zadd(engine.keys.aging, 'XX', 1, `\u00019`);
    };

    it('let a job that has waited long take turns with the first', async () => {
      await add('i1', 9);
      await add('i2', 9);
      for (let n = 0; n < 6; n++) await add(`a${n}`, 0);
      expect(await take(1)).to.deep.equal(['a0']);
      await age('i1');

      const taken = await take(4);

      expect(taken).to.include('i1').and.not.include('i2');
      expect(taken.filter((id) => id.startsWith('a'))).to.have.length.above(1);
    });

    it('leave nothing of the jobs that are gone', async () => {
      await add('i1', 9);
      await add('d1', 4);
      await take(1);
      await engine.store.remove('i1');
      await session.recover({ lossLimit: 3, orphanIntervalMs: HOUR_MS });

      expect(await engine.client.hkeys(engine.keys.waitingSince)).to.deep.equal([]);
    });
  });

  describe('when the last worker of Apiary leaves', () => {
    it('put all back into waiting, in the order in which they would be served', async () => {
      for (const [id, priority] of Object.entries({ i1: 9, d1: 4, a1: 0, d2: 4, i2: 9 }))
        await add(id, priority);
      const [first = ''] = await take(1);
      await session.release([first]);

      await session.leave();

      expect(await engine.waiting()).to.deep.equal(['a1', 'd1', 'd2', 'i1', 'i2']);
      const lists = await waitingLists(engine);
      expect((await readLists(engine.client, lists)).filter(({ length }) => length > 0)).to.have.length(1);
    });

    it('leave them in their lines when another is there', async () => {
      await add('i1', 9);
      await add('a1', 0);
      const other = engine.session();
      await other.renew([]);
      const [first = ''] = await take(1);
      await session.release([first]);

      await session.leave();

      expect(await engine.waiting()).to.deep.equal([]);
      expect(await take(10, other)).to.deep.equal(['a1', 'i1']);
    });
  });

  it('are counted, found and removed where they stand, and it is told how many come before', async () => {
    for (const [id, priority] of Object.entries({ d1: 4, i1: 9, i2: 9, a1: 0, a2: 0 }))
      await add(id, priority);
    expect(await take(1)).to.deep.equal(['a1']);
    const found = await engine.queries.page('waiting', 0, 10, false);

    expect(found.map(({ id }) => id)).to.deep.equal(['a2', 'd1', 'i1', 'i2']);
    expect((await engine.queries.snapshot(1)).counts.waiting).to.equal(4);
    const [, , , last] = found;
    expect(last && (await engine.queries.jobsAhead(last, 100))).to.deep.equal({ ahead: 3, atLeast: false });
    expect(await engine.store.remove('i1')).to.equal('waiting');
    expect(await take()).to.deep.equal(['a2', 'd1', 'i2']);
  });
});
