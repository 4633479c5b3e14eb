import { expect } from 'chai';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { archiveAll } from '../../../lib/engine/repairs/bulk.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { adoptFinished } from '../../../lib/engine/upkeep/adopter.ts';
import { pruneKept } from '../../../lib/engine/upkeep/kept-pruner.ts';
import { openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';

const HOUR_MS = 3_600_000;

describe('pruneKept', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const end = async (id: string, outcome: Outcome, options: Partial<StoredOptions> = {}): Promise<void> => {
    await engine.save(id, options);
    await settle(session, [await takeOne(session), outcome]);
  };
  const pruneIn = (ms: number): Promise<number> => pruneKept(engine, session.now() + ms);
  const notes = (): Promise<string[]> => engine.client.zrange(engine.keys.keptUntil, 0, '-1');
  const left = async (): Promise<string[]> => (await engine.client.hkeys(engine.keys.jobs)).sort();

  it('removes what has stayed for as long as it says, by how it ended, and no others', async () => {
    const retention = { succeededMs: HOUR_MS, failedMs: 3 * HOUR_MS };
    await end('done', outcomes.succeeded, { retention });
    await end('dead', outcomes.failed, { retention });
    await end('plain', outcomes.succeeded);

    expect(await pruneIn(HOUR_MS - 60_000)).to.equal(0);
    expect(await pruneIn(HOUR_MS + 60_000)).to.equal(1);
    expect(await left()).to.deep.equal(['dead', 'plain']);
    expect(await engine.client.lrange(engine.keys.succeededOrder, 0, -1)).to.deep.equal(['plain']);
    expect(await pruneIn(3 * HOUR_MS + 60_000)).to.equal(1);

    expect(await left()).to.deep.equal(['plain']);
    expect(await engine.queries.counts()).to.include({ succeeded: 1, failed: 0 });
    expect(await engine.client.zcard(engine.keys.failedOrder)).to.equal(0);
    expect(await notes()).to.deep.equal([]);
  });

  it('has nothing to do where all of them say 0: they go with their ends', async () => {
    const retention = { succeededMs: 0, failedMs: 0 };
    await end('done', outcomes.succeeded, { retention });
    await end('dead', outcomes.failed, { retention });
    await end('retried', outcomes.retryIn(60_000), { retention, retries: 1 });

    expect(await left()).to.deep.equal(['retried']);
    expect(await engine.queries.counts()).to.include({ succeeded: 0, failed: 0, delayed: 1 });
    expect(await engine.queries.snapshot(session.now())).to.include({ processedToday: 2, failedToday: 1 });
    expect(await notes()).to.deep.equal([]);
  });

  it('costs a job that says nothing no key', async () => {
    await end('done', outcomes.succeeded);
    await end('dead', outcomes.failed);

    expect(await engine.client.exists(engine.keys.keptUntil)).to.equal(0);
  });

  it('counts from the last end', async () => {
    const retention = { failedMs: HOUR_MS };
    await end('a', outcomes.failed, { retention });
    await engine.client.zadd(engine.keys.keptUntil, session.now(), 'a');
    await engine.store.retry('a', 0);
    expect(await pruneIn(1)).to.equal(0);
    await settle(session, [await takeOne(session), outcomes.failed]);

    expect(await pruneIn(HOUR_MS - 60_000)).to.equal(0);
    expect(await pruneIn(HOUR_MS + 60_000)).to.equal(1);
  });

  it('removes what was archived by hand', async () => {
    await engine.save('a', { retention: { failedMs: HOUR_MS } });
    await archiveAll(
      { ...engine, queue: 'spec' },
      { state: 'waiting', filter: {}, note: { by: 'spec', at: 1 } },
    );

    expect(await pruneIn(HOUR_MS + 60_000)).to.equal(1);
    expect(await left()).to.deep.equal([]);
  });

  it('removes what a stock worker has ended, once that is noticed', async () => {
    const { client, keys } = engine;
    for (const [id, set] of [
      ['done', keys.succeeded],
      ['dead', keys.failed],
    ] as const) {
      await engine.save(id, { retention: { succeededMs: HOUR_MS, failedMs: HOUR_MS } });
      await client.lrem(keys.waiting, 1, id);
      await client.sadd(set, id);
    }
    await adoptFinished(engine, session.now());

    expect(await pruneIn(HOUR_MS + 60_000)).to.equal(2);
    expect(await engine.queries.counts()).to.include({ succeeded: 0, failed: 0 });
  });

  it('leaves a job that only has the id of one that was to go', async () => {
    await end('a', outcomes.succeeded, { retention: { succeededMs: HOUR_MS } });
    await engine.client.hdel(engine.keys.jobs, 'a');
    await engine.client.srem(engine.keys.succeeded, 'a');
    await engine.client.lrem(engine.keys.succeededOrder, 1, 'a');
    await end('a', outcomes.succeeded);

    expect(await pruneIn(2 * HOUR_MS)).to.equal(0);

    expect(await left()).to.deep.equal(['a']);
    expect(await notes()).to.deep.equal([]);
  });

  it('is not fooled by data that say the same', async () => {
    const job = { retention: { failedMs: 1 } };
    await engine.store.save([
      {
        id: 'a',
        data: JSON.stringify(job),
        ending: ',"options":{"timestamp":1},"status":"created","progress":0}',
        start: '',
      },
    ]);
    await archiveAll(
      { ...engine, queue: 'spec' },
      { state: 'waiting', filter: {}, note: { by: 'spec', at: 1 } },
    );
    expect(await notes()).to.deep.equal(['a']);

    expect(await pruneIn(HOUR_MS)).to.equal(0);

    expect(await left()).to.deep.equal(['a']);
    expect(await notes()).to.deep.equal([]);
  });

  it('forgets notes of jobs that went in another way', async () => {
    const few = engine.session({ keepSucceeded: 2 });
    const retention = { succeededMs: HOUR_MS };
    for (const id of ['a', 'b', 'c', 'd']) {
      await engine.save(id, { retention });
      await settle(few, [await takeOne(few), outcomes.succeeded]);
    }
    expect(await notes()).to.have.members(['c', 'd']);
    await engine.store.remove('c');
    await pruneKept(engine, few.now());

    expect(await notes()).to.deep.equal(['d']);
  });

  it('removes more than one step takes', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `job-${at}`);
    for (const id of ids) await engine.save(id, { retention: { succeededMs: HOUR_MS } });
    for (const one of await take(session, 250)) await settle(session, [one, outcomes.succeeded]);

    expect(await pruneIn(HOUR_MS + 60_000)).to.equal(250);

    expect(await engine.client.exists(engine.keys.jobs, engine.keys.succeededOrder)).to.equal(0);
  });

  describe('of a long order', () => {
    const COUNT = 10_500;
    let redis: SpecRedis;
    let long: SpecEngine;

    beforeEach(async () => {
      redis = await startRedis({ appendOnly: false });
      long = openEngine(redis.url);
    });
    afterEach(async () => {
      await long.close();
      await redis.stop();
    });

    /** Jobs that succeeded, every tenth of which is to go; resolves with the ids of the others, newest first. */
    const fill = async (): Promise<string[]> => {
      const { client, keys } = long;
      const ids = Array.from({ length: COUNT }, (_, at) => `job-${at}`);
      const isDue = (at: number): boolean => at % 10 === 0;
      const records = ids.map((_, at) => {
        const options = isDue(at) ? { retention: { succeededMs: HOUR_MS } } : {};
        return JSON.stringify({ data: at, options, status: 'succeeded', progress: 0 });
      });
      await client.lpush(keys.succeededOrder, ...ids);
      await client.sadd(keys.succeeded, ...ids);
      await client.hset(keys.jobs, ...ids.flatMap((id, at) => [id, records[at] ?? '']));
      await client.zadd(keys.keptUntil, ...ids.flatMap((id, at) => (isDue(at) ? [1, id] : [])));
      return ids.filter((_, at) => !isDue(at)).reverse();
    };

    it('passes through it once for many, and not for each', async () => {
      const others = await fill();
      await long.client.config('RESETSTAT');

      expect(await pruneKept(long, 2)).to.equal(COUNT / 10);

      const stats = await long.client.info('commandstats');
      expect(/cmdstat_lrem:calls=(\d+)/.exec(stats)?.[1]).to.equal('1');
      expect(await long.client.lrange(long.keys.succeededOrder, 0, -1)).to.deep.equal(others);
      expect(await long.client.scard(long.keys.succeeded)).to.equal(others.length);
      expect(await long.client.hlen(long.keys.jobs)).to.equal(others.length);
      expect(await long.client.zcard(long.keys.keptUntil)).to.equal(0);
    });

    it('removes all of them where the oldest go and new ones come meanwhile', async () => {
      const others = await fill();
      let isOver = false;
      const churn = async (): Promise<void> => {
        for (let at = 0; !isOver; at++) {
          await long.client.rpop(long.keys.succeededOrder, 100);
          await long.client.lpush(long.keys.succeededOrder, `new-${at}`);
        }
      };
      const churning = churn();

      await pruneKept(long, 2);
      isOver = true;
      await churning;

      const left = await long.client.lrange(long.keys.succeededOrder, 0, -1);
      const old = left.filter((id) => !id.startsWith('new-'));
      expect(old).to.deep.equal(others.slice(0, old.length));
      expect(await long.client.zcard(long.keys.keptUntil)).to.equal(0);
      expect(await long.client.hlen(long.keys.jobs)).to.equal(others.length);
    });
  });
});
