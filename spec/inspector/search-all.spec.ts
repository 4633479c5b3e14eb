import { expect } from 'chai';
import { Inspector, type JobSearch } from '../../lib/inspector/inspector.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../support/engine.ts';

describe('a search of all states', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(async () => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
    const session = engine.session();
    const stamped = (id: string, timestamp: number, type = 'even') => engine.save(id, { type, timestamp });
    await stamped('done', 1_000);
    await stamped('died', 2_000, 'odd');
    await stamped('runs', 4_000);
    const [done, died] = await take(session, 3);
    if (!done || !died) throw new Error('three jobs were to be taken');
    await settle(session, [done, outcomes.succeeded], [died, outcomes.failed]);
    await engine.store.save([
      jobOf('later', {}, { type: 'odd', timestamp: 3_000 }, { at: 7_000_000_000_000 }),
      jobOf('waits', {}, { type: 'even', timestamp: 5_000 }),
    ]);
  });
  afterEach(() => engine.close());

  const idsOf = async (search: JobSearch): Promise<string[]> =>
    (await inspector.search(queue, search)).jobs.map(({ id }) => id);

  it('finds the jobs of each, those first that were added last', async () => {
    const found = await inspector.search(queue, {});

    expect(found.jobs.map(({ id, state }) => [id, state])).to.deep.equal([
      ['waits', 'waiting'],
      ['runs', 'active'],
      ['later', 'delayed'],
      ['died', 'failed'],
      ['done', 'succeeded'],
    ]);
    expect(found).to.include({ scanned: 5, total: 5, cursor: null });
  });

  it('finds those of some states in one call, page by page', async () => {
    const state = ['waiting', 'failed', 'delayed'] as const;
    const first = await inspector.search(queue, { state, limit: 2 });
    const second = await inspector.search(queue, { state, limit: 2, cursor: first.cursor });

    expect([first, second].map(({ jobs }) => jobs.map(({ id }) => id))).to.deep.equal([
      ['waits', 'later'],
      ['died'],
    ]);
    expect(second).to.include({ total: 3, cursor: null });
    expect(await idsOf({ state: ['failed'] })).to.deep.equal(['died']);
  });

  it('finds by what is asked for', async () => {
    expect(await idsOf({ type: 'odd' })).to.deep.equal(['later', 'died']);
  });

  it('goes on where a page ended, in every state', async () => {
    const pages: string[][] = [];
    for (let cursor: string | null = null, left = 9; left > 0; left--) {
      const page = await inspector.search(queue, { limit: 2, cursor });
      pages.push(page.jobs.map(({ id }) => id));
      cursor = page.cursor;
      if (cursor === null) break;
    }

    expect(pages).to.deep.equal([['waits', 'runs'], ['later', 'died'], ['done']]);
  });

  it('shows a job once that moves on between two states meanwhile', async () => {
    await engine.client.lpush(engine.keys.active, 'waits');

    expect(await idsOf({})).to.deep.equal(['waits', 'runs', 'later', 'died', 'done']);
  });

  for (const cursor of ['nonsense', '[]', '{"waiting":7}', '{"waiting":"x"}', '{"__proto__":null}']) {
    it(`refuses the cursor ${cursor}`, async () => {
      const [settled] = await Promise.allSettled([inspector.search(queue, { cursor })]);

      expect(settled).to.have.nested.property('reason.code', 'JOB_INVALID');
    });
  }
});
