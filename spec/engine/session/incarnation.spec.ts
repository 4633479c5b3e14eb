import { expect } from 'chai';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

describe('a session whose lease is over', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });

  afterEach(() => engine.close());

  it('takes nothing by an answer that comes after it went on, and joins anew with the next', async () => {
    await engine.add('a', 'b');
    const session = engine.session();

    const asked = session.exchange([], 1);
    session.rejoin();

    expect((await asked).taken).to.deep.equal([]);
    const next = await session.exchange([], 1);
    expect(next).to.include({ state: 'ok' });
    expect(next.taken.map(({ id }) => id)).to.deep.equal(['b']);
  });

  it('is not burnt again by such an answer to its beat', async () => {
    const session = engine.session();
    await session.exchange([], 1);
    await engine.client.del(engine.keys.workers);

    const beat = session.renew([]);
    session.rejoin();

    expect(await beat).to.include({ state: 'ok' });
  });

  it('returns the jobs of the dead before it has taken any', async () => {
    await engine.add('a');
    const dead = engine.session({ leaseMs: 0 });
    await dead.exchange([], 1);

    const { returned } = await engine.session().recover({ lossLimit: 3, orphanIntervalMs: 5_000 });

    expect(returned).to.deep.equal(['a']);
    expect(await engine.waiting()).to.deep.equal(['a']);
  });
});
