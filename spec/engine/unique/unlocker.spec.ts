import { expect } from 'chai';
import { unlockEnded } from '../../../lib/engine/unique/unlocker.ts';
import { openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { addUnique, uniqueKeysOf } from '../../support/unique.ts';

describe('unlockEnded', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const removeAsStock = async (id: string): Promise<void> => {
    const { jobs, waiting, active, delayed } = engine.keys;
    const removed = engine.client.multi().hdel(jobs, id).lrem(waiting, 0, id).lrem(active, 0, id);
    await removed.zrem(delayed, id).exec();
  };

  it('leaves nothing of the keys of jobs that a stock client removed or ended', async () => {
    for (const id of ['removed', 'succeeded', 'failed']) await addUnique(engine, id, { key: id });
    await removeAsStock('removed');
    await engine.client.sadd(engine.keys.succeeded, 'succeeded');
    await engine.client.sadd(engine.keys.failed, 'failed');

    expect(await unlockEnded(engine)).to.equal(3);

    expect(await uniqueKeysOf(engine)).to.deep.equal([]);
  });

  it('leaves the keys of all others alone, also of a throttle', async () => {
    await addUnique(engine, 'waiting', { key: 'a' });
    await addUnique(engine, 'delayed', { key: 'b', start: { inMs: 3_600_000 } });
    await addUnique(engine, 'throttled', { key: 'c', release: 'ttl', ttlMs: 3_600_000 });
    await removeAsStock('throttled');
    await take(engine.session(), 1);

    await unlockEnded(engine);

    expect(await addUnique(engine, 'd', { key: 'a' })).to.include({ outcome: 'held' });
    expect(await addUnique(engine, 'd', { key: 'b' })).to.include({ outcome: 'held' });
    expect(await addUnique(engine, 'd', { key: 'c' })).to.include({ outcome: 'held' });
  });

  it('frees what is parked behind such a job', async () => {
    await addUnique(engine, 'a');
    await take(engine.session(), 1);
    await addUnique(engine, 'b', { onConflict: 'replace' });
    await removeAsStock('a');

    expect(await unlockEnded(engine)).to.equal(1);

    expect(await engine.waiting()).to.deep.equal(['b']);
  });

  it('lets go of what is parked when a stock client removed that', async () => {
    await addUnique(engine, 'a');
    await take(engine.session(), 1);
    await addUnique(engine, 'b', { onConflict: 'replace' });
    await removeAsStock('b');

    await unlockEnded(engine);

    expect(await engine.client.hgetall(engine.keys.uniques)).to.deep.equal({ a: 'k' });
  });

  it('looks at any number of them', async () => {
    const ids = Array.from({ length: 1_500 }, (_, n) => `job-${n}`);
    await Promise.all(ids.map((id) => addUnique(engine, id, { key: id })));
    await engine.client.unlink(engine.keys.jobs, engine.keys.waiting);

    expect(await unlockEnded(engine)).to.equal(1_500);

    expect(await uniqueKeysOf(engine)).to.deep.equal([]);
  });

  it('does nothing where there are no unique jobs', async () => {
    await engine.add('a');

    expect(await unlockEnded(engine)).to.equal(0);
  });
});
