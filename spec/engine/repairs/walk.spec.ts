import { expect } from 'chai';
import { type Group, walkList, walkSorted } from '../../../lib/engine/repairs/walk.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

const KEPT_BACK = 40;

describe('a walk', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(async () => {
    await engine.client.del(engine.keys.waiting, engine.keys.delayed);
    await engine.close();
  });

  const names = (count: number, start = 'job'): string[] =>
    Array.from({ length: count }, (_, at) => `${start}-${String(at).padStart(4, '0')}`);
  /** All that a walk tells; `between` is done once per group. */
  const collect = async (
    walk: AsyncGenerator<Group>,
    between: (group: Group) => Promise<unknown> = async () => {},
  ): Promise<string[]> => {
    const seen: string[] = [];
    for await (const group of walk) {
      seen.push(...group.ids);
      await between(group);
    }
    return seen;
  };

  describe('through a list', () => {
    const client = () => engine.client;
    const keys = () => engine.keys;

    it('meets nobody in an empty one', async () => {
      expect(await collect(walkList(client(), keys().waiting))).to.deep.equal([]);
    });

    for (const count of [1, 199, 200, 201, 250, 251, 1_000]) {
      it(`meets each of ${count}`, async () => {
        const ids = names(count);
        await client().lpush(keys().waiting, ...ids);

        const seen = new Set(await collect(walkList(client(), keys().waiting)));

        expect([...seen].sort()).to.deep.equal(ids);
      });
    }

    it('meets all that stay, however many are taken, given back and added meanwhile', async () => {
      const ids = names(2_000);
      await client().lpush(keys().waiting, ...ids);
      const staying = ids.slice(500);
      let turn = 0;

      const seen = await collect(walkList(client(), keys().waiting), async () => {
        await client().lpush(keys().waiting, ...names(100, `new-${turn++}`));
        if (turn % 2 === 1) await client().rpop(keys().waiting, KEPT_BACK);
        else await client().rpush(keys().waiting, ...names(KEPT_BACK, 'back'));
      });

      expect(seen).to.include.members(staying);
      expect(turn).to.be.at.most(2_000 / 100);
    });

    it('says where each group is, counted from the right end', async () => {
      await client().lpush(keys().waiting, ...names(3_000));

      for await (const { ids, within } of walkList(client(), keys().waiting)) {
        const { farthest = 0, nearest = 0 } = within ?? {};
        const there = await client().lrange(keys().waiting, -farthest, -nearest);
        expect(there).to.include.members(ids);
      }
    });
  });

  describe('through a sorted set', () => {
    const client = () => engine.client;
    const key = () => engine.keys.delayed;
    const addAll = async (ids: string[], score: (at: number) => number): Promise<void> => {
      await client().zadd(key(), ...ids.flatMap((id, at) => [score(at), id]));
    };

    it('meets nobody in an empty one', async () => {
      expect(await collect(walkSorted(client(), key()))).to.deep.equal([]);
    });

    it('meets each once, by ascending score', async () => {
      const ids = names(1_000);
      await addAll(ids, (at) => 1_000 - at);

      expect(await collect(walkSorted(client(), key()))).to.deep.equal(ids.toReversed());
    });

    it('meets each once where many have one score', async () => {
      const ids = names(900);
      await addAll(ids, (at) => (at < 700 ? 1.5 : 2));

      expect(await collect(walkSorted(client(), key()))).to.deep.equal(ids);
    });

    it('meets all when each group is removed as it comes', async () => {
      const ids = names(900);
      await addAll(ids, (at) => (at < 700 ? 1.5 : 2));

      const seen = await collect(walkSorted(client(), key()), ({ ids: some }) =>
        client().zrem(key(), ...some),
      );

      expect(seen).to.deep.equal(ids);
      expect(await client().exists(key())).to.equal(0);
    });

    it('ends where it was to end when it began', async () => {
      await addAll(names(300), (at) => at);
      let next = 1_000;

      const seen = await collect(walkSorted(client(), key()), () =>
        client().zadd(key(), next++, `new-${next}`),
      );

      expect(seen).to.deep.equal(names(300));
    });
  });

  it('goes through a part of a sorted set, from a score on and up to another', async () => {
    const ids = names(400);
    await engine.client.zadd(engine.keys.delayed, ...ids.flatMap((id, at) => [at, id]));

    const walk = walkSorted(engine.client, engine.keys.delayed, { from: '50', until: 349.5 });
    expect(await collect(walk)).to.deep.equal(ids.slice(50, 350));
    const beyond = walkSorted(engine.client, engine.keys.delayed, { from: null, until: 1_000 });
    expect(await collect(beyond)).to.deep.equal(ids);
  });

  it('tells up to which score it has come, and how many it met for the first time', async () => {
    const ids = names(400);
    await engine.client.zadd(engine.keys.delayed, ...ids.flatMap((id, at) => [at, id]));
    await engine.client.rpush(engine.keys.waiting, ...ids);
    const groups: Group[] = [];
    for await (const group of walkSorted(engine.client, engine.keys.delayed)) groups.push(group);

    expect(groups.at(-1)?.score).to.equal('399');
    expect(groups.reduce((sum, { fresh }) => sum + fresh, 0)).to.equal(400);
    let fresh = 0;
    for await (const group of walkList(engine.client, engine.keys.waiting)) fresh += group.fresh;
    expect(fresh).to.equal(400);
  });
});
