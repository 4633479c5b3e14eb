import { expect } from 'chai';
import { freeKey, readHolder } from '../../../lib/engine/unique/unique-holder.ts';
import { openEngine, outcomes, type SpecEngine, settle, takeOne } from '../../support/engine.ts';
import { addUnique, type UniqueAdd, uniqueKeysOf } from '../../support/unique.ts';

const HOUR_MS = 3_600_000;

describe('who holds a unique key', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const add = (id: string, options?: UniqueAdd) => addUnique(engine, id, options);
  const holder = () => readHolder(engine, 'k');
  const free = () => freeKey(engine, 'k');

  it('tells who holds it, until when, and what is parked behind', async () => {
    expect(await holder()).to.equal(null);
    await add('a');
    expect(await holder()).to.deep.equal({ holderId: 'a', release: 'end', endsAt: null, parkedId: null });
    await takeOne(engine.session());
    await add('b', { onConflict: 'replace' });

    expect(await holder()).to.include({ holderId: 'a', parkedId: 'b' });
  });

  it('tells of a throttle whose job has ended, and frees that', async () => {
    await add('a', { release: 'ttl', ttlMs: HOUR_MS });
    const session = engine.session();
    await settle(session, [await takeOne(session), outcomes.succeeded]);

    const found = await holder();
    expect(found).to.include({ holderId: 'a', release: 'ttl' });
    expect(found?.endsAt).to.be.closeTo(Date.now() + HOUR_MS, 60_000);
    expect(await free()).to.equal('a');
    expect(await holder()).to.equal(null);
    expect(await add('b')).to.include({ outcome: 'created' });
  });

  it('tells of nobody where a stock client has ended the holder', async () => {
    await add('a');
    await engine.client.hdel(engine.keys.jobs, 'a');

    expect(await holder()).to.equal(null);
  });

  it('frees the key of a job that runs on, whose end leaves that of the next alone', async () => {
    await add('a');
    const session = engine.session();
    const running = await takeOne(session);

    expect(await free()).to.equal('a');
    expect(await add('b')).to.include({ outcome: 'created', id: 'b' });
    await settle(session, [running, outcomes.succeeded]);

    expect(await holder()).to.include({ holderId: 'b' });
  });

  it('hands the key on to what is parked, which may start', async () => {
    await add('a');
    await takeOne(engine.session());
    await add('b', { onConflict: 'replace' });

    expect(await free()).to.equal('a');

    expect(await holder()).to.deep.equal({ holderId: 'b', release: 'end', endsAt: null, parkedId: null });
    expect(await engine.state('b')).to.equal('waiting');
  });

  it('leaves nothing behind, and does nothing twice', async () => {
    await add('a');

    expect([await free(), await free()]).to.deep.equal(['a', null]);

    expect(await uniqueKeysOf(engine)).to.deep.equal([]);
    expect(await engine.state('a')).to.equal('waiting');
  });
});
