import { expect } from 'chai';
import type { JobState } from '../../../lib/engine/keys.ts';
import { newestFirst } from '../../../lib/engine/queries/newest-first.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

describe('a walk of the newest first', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(async () => {
    const left = await engine.client.keys(`${engine.keys.jobs.slice(0, -'jobs'.length)}*`);
    await Promise.all(left.map((key) => engine.client.del(key)));
    await engine.close();
  });

  const names = (count: number, start = 'job'): string[] =>
    Array.from({ length: count }, (_, at) => `${start}-${String(at).padStart(5, '0')}`);
  /** Puts ids where the jobs of a state are, the last one being the newest. */
  const fill = async (state: JobState, ids: readonly string[], scores = ids.map((_, at) => at)) => {
    const { waiting, active, succeededOrder, delayed, failedOrder } = engine.keys;
    const lists = { waiting, active, succeeded: succeededOrder };
    const sets = { delayed, failed: failedOrder };
    if (state === 'delayed' || state === 'failed') {
      await engine.client.zadd(sets[state], ...ids.flatMap((id, at) => [scores[at] ?? 0, id]));
    } else {
      await engine.client.lpush(lists[state], ...ids);
    }
  };
  /** What a walk meets, each once, and the cursor behind each; `between` is done after each window. */
  const meet = async (
    state: JobState,
    cursor: string | null = null,
    between: () => Promise<unknown> = async () => {},
  ): Promise<Map<string, string>> => {
    const met = new Map<string, string>();
    for await (const spots of newestFirst(engine, state, cursor)) {
      for (const { id, cursor: behind } of spots) if (!met.has(id)) met.set(id, behind);
      await between();
    }
    return met;
  };
  const idsOf = (met: Map<string, string>): string[] => [...met.keys()];

  for (const state of ['waiting', 'active', 'succeeded', 'delayed', 'failed'] as const) {
    describe(`through ${state}`, () => {
      it('meets nobody in an empty one', async () => {
        expect(idsOf(await meet(state))).to.deep.equal([]);
      });

      for (const count of [1, 149, 150, 151, 200, 201, 1_000]) {
        it(`meets each of ${count}, newest first`, async () => {
          const ids = names(count);
          await fill(state, ids);

          expect(idsOf(await meet(state))).to.deep.equal(ids.toReversed());
        });
      }

      it('goes on behind each job', async () => {
        const ids = names(320);
        await fill(state, ids);
        const order = ids.toReversed();

        const met = await meet(state);

        for (const at of [0, 1, 148, 149, 150, 151, 299, 318, 319]) {
          const rest = await meet(state, met.get(order[at] ?? '') ?? '');
          expect(idsOf(rest)).to.deep.equal(order.slice(at + 1));
        }
      });

      it('goes on behind a job that others came before meanwhile', async () => {
        const ids = names(200);
        await fill(state, ids);
        const behind = (await meet(state)).get('job-00100');
        const newer = names(300, 'new');
        await fill(
          state,
          newer,
          newer.map(() => 1_000),
        );

        expect(idsOf(await meet(state, behind ?? ''))).to.deep.equal(ids.slice(0, 100).reverse());
      });

      for (const cursor of ['', 'x', '1', 'NaN job', '- job', '1,5 job']) {
        it(`refuses the cursor ${JSON.stringify(cursor)}`, () => {
          expect(() => newestFirst(engine, state, cursor)).to.throw('cursor must be one');
        });
      }
    });
  }

  it('refuses a cursor of another state', () => {
    expect(() => newestFirst(engine, 'active', '5 job-1')).to.throw('cursor must be one');
    expect(() => newestFirst(engine, 'succeeded', '0.5 ')).to.throw('cursor must be one');
    expect(() => newestFirst(engine, 'waiting', '-3 ')).to.throw('cursor must be one');
  });

  it('meets all that stay in a list that is worked off and given back to', async () => {
    const ids = names(2_000);
    await fill('waiting', ids);
    let turn = 0;

    const met = await meet('waiting', null, async () => {
      await fill('waiting', names(60, `new-${turn++}`));
      if (turn % 2 === 1) await engine.client.rpop(engine.keys.waiting, 40);
      else await engine.client.rpush(engine.keys.waiting, ...names(40, `back-${turn}`));
    });

    expect(idsOf(met)).to.include.members(ids.slice(500));
  });

  it('meets each of many that are due at one time', async () => {
    const ids = names(1_000);
    await fill(
      'delayed',
      ids,
      ids.map(() => 7),
    );

    const met = await meet('delayed');

    expect(idsOf(met)).to.deep.equal(ids.toReversed());
    expect(idsOf(await meet('delayed', met.get('job-00500') ?? ''))).to.deep.equal(
      ids.slice(0, 500).reverse(),
    );
  });

  it('goes on behind a job that is gone', async () => {
    const ids = names(600);
    await fill('failed', ids);
    const behind = (await meet('failed')).get('job-00300');
    await engine.client.zrem(engine.keys.failedOrder, 'job-00300', 'job-00301', 'job-00200');

    const rest = idsOf(await meet('failed', behind ?? ''));

    expect(rest).to.deep.equal(ids.slice(0, 300).toSpliced(200, 1).reverse());
  });

  it('goes on behind a job that is due later by now', async () => {
    const ids = names(600);
    await fill('delayed', ids);
    const behind = (await meet('delayed')).get('job-00100');
    await engine.client.zadd(engine.keys.delayed, 1_000, 'job-00100');

    expect(idsOf(await meet('delayed', behind ?? ''))).to.deep.equal(ids.slice(0, 100).reverse());
  });

  it('meets all that stay in a set that loses some meanwhile', async () => {
    const ids = names(1_000);
    await fill('failed', ids);

    const met = await meet('failed', null, async () => {
      await engine.client.zpopmax(engine.keys.failedOrder, 30);
    });

    expect(idsOf(met)).to.include.members(ids.slice(0, 600));
  });

  it('tells when a delayed job is due', async () => {
    await fill('delayed', ['a'], [1_700_000_000_000]);

    for await (const [spot] of newestFirst(engine, 'delayed', null)) {
      expect(spot).to.include({ id: 'a', score: '1700000000000' });
    }
  });

  describe('through the lines of a queue with limits', () => {
    const keys = names(400, 'tenant');

    beforeEach(async () => {
      const { client, keys: own } = engine;
      await client.hset(own.meta, 'limits', '{}');
      await client.zadd(own.turns, ...keys.slice(0, 399).flatMap((key, at) => [-at, key]));
      await client.zadd(own.pending, 'inf', keys[399] ?? '');
      await fill('waiting', ['inlet-1', 'inlet-2']);
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.lpush(own.line(key), `${key}-1`, `${key}-2`);
      pipeline.lpush(own.line(keys[7] ?? ''), ...names(300, 'many'));
      pipeline.rpush(own.front, 'back-1');
      await pipeline.exec();
    });

    it('meets the jobs of all, in each the newest first', async () => {
      const met = idsOf(await meet('waiting'));

      expect(met).to.have.length(2 + 800 + 300 + 1);
      expect(met.slice(0, 4)).to.deep.equal(['inlet-2', 'inlet-1', 'tenant-00000-2', 'tenant-00000-1']);
      expect(met.filter((id) => id.startsWith('many'))).to.deep.equal(names(300, 'many').reverse());
      expect(met.at(-1)).to.equal('back-1');
    });

    it('goes on behind each job, in its line and all that come after', async () => {
      const met = await meet('waiting');
      const order = idsOf(met);

      for (const at of [0, 1, 2, 15, 16, 17, 100, 320, 700, 1_101, 1_102]) {
        const rest = await meet('waiting', met.get(order[at] ?? '') ?? '');
        expect(idsOf(rest)).to.deep.equal(order.slice(at + 1));
      }
    });

    it('goes on behind a line that is empty by now', async () => {
      const met = await meet('waiting');
      await engine.client.del(engine.keys.line('tenant-00009'));
      await engine.client.zrem(engine.keys.turns, 'tenant-00009');

      const rest = idsOf(await meet('waiting', met.get('tenant-00009-2') ?? ''));

      expect(rest[0]).to.equal('tenant-00010-2');
      expect(rest).to.have.length(390 * 2 + 1);
    });
  });
});
