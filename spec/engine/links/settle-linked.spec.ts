import { expect } from 'chai';
import type { Links } from '../../../lib/engine/record/links.ts';
import type { SettlementArgs } from '../../../lib/engine/record/settlement.ts';
import { queueOf } from '../../support/batch.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { addUnique } from '../../support/unique.ts';

describe('settling an attempt that jobs follow', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const follows = (...ids: string[]): Links => ({
    told: null,
    jobs: ids.map((id) => ({ queue: queueOf(engine), job: jobOf(id) })),
  });
  const ended = (id: string, links: Links, record = `{"data":"${id}","options":{}}`): SettlementArgs => [
    id,
    'S',
    record,
    '',
    undefined,
    links,
  ];

  it('stores them, and keeps them from what was not held', async () => {
    await engine.add('held', 'lost');
    const session = engine.session();
    await take(session);
    await session.release(['lost']);

    const { fenced } = await session.exchange(
      [ended('held', follows('x', 'y')), ended('lost', follows('z'))],
      0,
    );

    expect(fenced).to.deep.equal(['lost']);
    expect((await engine.waiting()).filter((id) => id !== 'lost')).to.deep.equal(['x', 'y']);
  });

  for (const [name, record, options] of [
    ['', undefined, {}],
    [', where succeeded jobs are not kept', '', { keepSucceeded: 0 }],
  ] as const) {
    it(`adds nothing when it is sent again, although what followed has ended and is gone${name}`, async () => {
      await engine.add('a');
      const session = engine.session(options);
      await take(session);
      const settlement = ended('a', follows('x'), record);
      await session.exchange([settlement], 0);
      await engine.store.remove('x');

      await session.exchange([settlement], 0);

      expect(await engine.waiting()).to.deep.equal([]);
      expect(await engine.client.hexists(engine.keys.jobs, 'x')).to.equal(0);
    });
  }

  it('adds nothing for a job that a stock worker took for stalled', async () => {
    await engine.add('a');
    const session = engine.session();
    await take(session);
    await engine.client.lrem(engine.keys.active, 1, 'a');

    const { fenced } = await session.exchange([ended('a', follows('x'))], 0);

    expect(fenced).to.deep.equal(['a']);
    expect(await engine.waiting()).to.deep.equal([]);
  });

  it('leaves a job alone that has an id of theirs already', async () => {
    await engine.add('a', 'x');
    const session = engine.session();
    await take(session, 1);

    await session.exchange([ended('a', follows('x'))], 0);

    expect(await engine.waiting()).to.deep.equal(['x']);
  });

  it('lets go of the unique key of the job in the same step', async () => {
    await addUnique(engine, 'a');
    const session = engine.session();
    await take(session);
    const settlement = ended('a', follows('x'));
    settlement[4] = 'k';

    await session.exchange([settlement], 0);

    expect(await engine.client.exists(engine.keys.uniques, engine.keys.lock('k'))).to.equal(0);
    expect(await engine.waiting()).to.deep.equal(['x']);
  });

  it('hands what followed to the take that goes with it', async () => {
    await engine.add('a');
    const session = engine.session();
    await take(session);

    const { taken } = await session.exchange([ended('a', follows('x', 'y'))], 5);

    expect(taken.map(({ id }) => id)).to.deep.equal(['x', 'y']);
  });
});
