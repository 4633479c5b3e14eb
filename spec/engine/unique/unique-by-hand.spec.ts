import { expect } from 'chai';
import { archiveAll, removeAll } from '../../../lib/engine/repairs/bulk.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { addUnique, uniqueKeysOf } from '../../support/unique.ts';

const NOTE = { by: 'ops', at: 5_000 };

describe('a unique key whose job is ended by hand', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const deps = () => ({ ...engine, queue: 'mail' });

  for (const [name, end] of [
    ['archived', () => archiveJob(engine, 'a', NOTE)],
    ['cancelled', () => cancelJob(engine, 'a', NOTE)],
    ['archived with many', () => archiveAll(deps(), { state: 'waiting', filter: {}, note: NOTE })],
    ['removed with many', () => removeAll(deps(), 'waiting', {})],
  ] as const) {
    it(`is free once it was ${name}, and nothing of it is left`, async () => {
      await addUnique(engine, 'a');
      await engine.add('other');

      await end();

      expect(await uniqueKeysOf(engine)).to.deep.equal([]);
      expect(await addUnique(engine, 'b')).to.include({ outcome: 'created' });
    });
  }

  it('lets the parked job run when the waiting holder is cancelled', async () => {
    const session = engine.session();
    await addUnique(engine, 'a');
    await take(session, 1);
    await addUnique(engine, 'b', { onConflict: 'replace' });
    await session.release(['a']);

    await cancelJob(engine, 'a', NOTE);

    expect(await engine.waiting()).to.deep.equal(['b']);
  });

  it('is let go at the end of a running job that was cancelled', async () => {
    const session = engine.session();
    await addUnique(engine, 'a');
    const [taken] = await take(session, 1);
    await cancelJob(engine, 'a', NOTE);

    if (taken) await settle(session, [taken, outcomes.failed]);

    expect(await uniqueKeysOf(engine)).to.deep.equal([]);
  });

  it('is deleted with its queue, that of a throttle too', async () => {
    await addUnique(engine, 'a', { release: 'ttl', ttlMs: 3_600_000 });

    await deleteQueue(engine, { force: true });

    expect(await uniqueKeysOf(engine)).to.deep.equal([]);
  });
});
