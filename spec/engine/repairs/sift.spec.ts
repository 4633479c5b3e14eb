import { expect } from 'chai';
import fc from 'fast-check';
import { type Heap, type SiftDeps, sift } from '../../../lib/engine/repairs/sift.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

const HEAD = 10;

describe('sift', () => {
  let engine: SpecEngine;
  let key: string;

  beforeEach(() => {
    engine = openEngine();
    key = engine.keys.waiting;
  });
  afterEach(async () => {
    await engine.client.del(key);
    await engine.close();
  });

  const names = (count: number, start = 'job'): string[] =>
    Array.from({ length: count }, (_, at) => `${start}-${String(at).padStart(5, '0')}`);
  /** The list, from its right end on. */
  const list = async (): Promise<string[]> => (await engine.client.lrange(key, 0, -1)).reverse();
  const fill = async (ids: string[]): Promise<void> => {
    await engine.client.del(key);
    await engine.client.lpush(key, ...ids);
  };
  const sifting = (
    picked: Set<string>,
    meanwhile: () => Promise<unknown> = async () => {},
    head = HEAD,
  ): Promise<Heap | null> => {
    const pick: SiftDeps['pick'] = async (ids) => {
      await meanwhile();
      return ids.map((id) => picked.has(id));
    };
    return sift({ client: engine.client, key, pick }, head);
  };

  it('brings what is picked together at the left, the order of the others kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: HEAD, max: 1_500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        async (count, share, seed) => {
          const ids = names(count);
          const isPicked = (at: number): boolean =>
            at >= HEAD && ((at * 7919 + seed) % 1_000) / 1_000 < share;
          const picked = new Set(ids.filter((_, at) => isPicked(at)));
          await fill(ids);

          const heap = await sifting(picked);

          const sifted = await list();
          expect(heap).to.deep.equal({ edge: count, size: picked.size });
          expect(sifted.slice(0, count - picked.size)).to.deep.equal(ids.filter((id) => !picked.has(id)));
          expect(new Set(sifted.slice(count - picked.size))).to.deep.equal(picked);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('follows a list from which is taken, to which is given back and added', async () => {
    const ids = names(3_000);
    const picked = new Set(ids.filter((_, at) => at % 3 === 0));
    await fill(ids);
    const taken: string[] = [];
    let added = 0;
    const meanwhile = async (): Promise<void> => {
      await engine.client.lpush(key, `new-${added++}`);
      taken.push(...((await engine.client.rpop(key, 30)) ?? []));
      await engine.client.rpush(key, ...taken.splice(-5).reverse());
    };

    const heap = await sifting(picked, meanwhile, 200);

    const sifted = await list();
    expect([...taken, ...sifted].sort()).to.deep.equal(
      [...ids, ...Array.from({ length: added }, (_, at) => `new-${at}`)].sort(),
    );
    const others = sifted.filter((id) => !picked.has(id) && !id.startsWith('new'));
    expect(others).to.deep.equal(others.toSorted());
    const { edge, size } = heap ?? { edge: 0, size: 0 };
    const there = sifted.slice(edge - size, edge);
    expect(there.filter((id) => !picked.has(id))).to.deep.equal([]);
    // What was picked and is not in the heap was in the head, or was given back to it.
    expect(sifted.slice(200, edge - size).filter((id) => picked.has(id))).to.deep.equal([]);
    expect(there.length).to.be.above(500);
  });

  it('gives up on a list that changes under it, which then lacks nobody', async () => {
    const ids = names(2_000);
    await fill(ids);
    const shuffle = async (): Promise<void> => {
      await engine.client.ltrim(key, 1, 0);
      await engine.client.lpush(key, ...ids.toReversed());
    };

    expect(await sifting(new Set(ids.slice(500, 600)), shuffle)).to.equal(null);

    expect((await list()).sort()).to.deep.equal(ids);
  });

  it('has nothing to do where the list is no longer than what is left out', async () => {
    await fill(names(HEAD - 1));

    expect(await sifting(new Set())).to.equal(null);
  });
});
