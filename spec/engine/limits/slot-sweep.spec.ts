import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { SlotSweep } from '../../../lib/engine/limits/slot-sweep.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../../support/engine.ts';

describe('the sweep of slots', () => {
  let engine: SpecEngine;

  beforeEach(async () => {
    engine = openEngine();
    const limits = { perKey: { concurrency: 1 } };
    await writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
  });
  afterEach(() => engine.close());

  const busy = () => engine.client.hgetall(engine.keys.busy);

  for (const drift of ['1', '7', 'x']) {
    it(`frees a key of which nothing runs, although ${drift} is counted`, async () => {
      await engine.client.hset(engine.keys.busy, 'a', drift);
      await engine.store.save([jobOf('a1', 1, { key: 'a' })]);
      const session = engine.session();
      const before = await take(session);

      await new SlotSweep().runOnce(engine);

      const [a1] = [...before, ...(await take(session))];
      expect(a1?.id).to.equal('a1');
      expect(await busy()).to.deep.equal({ a: '1' });
    });
  }

  it('counts what runs where nothing is counted', async () => {
    await engine.store.save([jobOf('a1', 1, { key: 'a' }), jobOf('a2', 1, { key: 'a' })]);
    const session = engine.session();
    await take(session);
    await engine.client.del(engine.keys.busy);

    await new SlotSweep().runOnce(engine);

    expect(await busy()).to.deep.equal({ a: '1' });
    expect(await take(session)).to.deep.equal([]);
  });

  it('drops a slot that names nobody', async () => {
    await engine.client.hset(engine.keys.slots, 'strange', 'nonsense');

    await new SlotSweep().runOnce(engine);

    expect(await engine.client.exists(engine.keys.slots)).to.equal(0);
  });
});
