import { expect } from 'chai';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const FORCE = { force: true };

describe('deleteQueue', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const keysLeft = () => engine.client.keys(engine.keys.jobs.replace(/jobs$/, '*'));
  const end = async (id: string, outcome: 'succeeded' | 'failed'): Promise<void> => {
    await engine.add(id);
    await settle(session, [(await take(session, 1))[0] as Taken, outcomes[outcome]]);
  };

  it('leaves no key of a queue with jobs in every state but active', async () => {
    await end('a', 'succeeded');
    await end('b', 'failed');
    await engine.add('c');
    await engine.save('d', {}, { inMs: 3_600_000 });
    await engine.store.pause('ada', 1);
    await engine.client.hset(engine.keys.losses, 'c', 1);

    expect(await deleteQueue(engine, FORCE)).to.include({ kind: 'deleted' });

    expect(await keysLeft()).to.deep.equal([]);
  });

  it('takes along the claims of dead workers', async () => {
    const dead = engine.session({ leaseMs: 1 });
    await engine.add('a');
    await take(dead);
    await engine.client.lrem(engine.keys.active, 1, 'a');

    await deleteQueue(engine, FORCE);

    expect(await keysLeft()).to.deep.equal([]);
  });

  for (const [state, fill] of [
    ['waiting', () => engine.add('a')],
    ['delayed', () => engine.save('a', {}, { inMs: 3_600_000 })],
    ['succeeded', () => end('a', 'succeeded')],
    ['failed', () => end('a', 'failed')],
  ] as const) {
    it(`leaves a queue alone that holds a ${state} job, unless forced`, async () => {
      await fill();

      expect(await deleteQueue(engine, { force: false })).to.deep.equal({ kind: 'filled', jobs: 1 });

      expect(await engine.queries.job('a')).to.include({ state });
    });
  }

  it('leaves a queue alone whose jobs run, forced or not', async () => {
    await engine.add('a', 'b');
    const [taken] = (await take(session, 1)) as [Taken];

    expect(await deleteQueue(engine, FORCE)).to.deep.equal({ kind: 'active', jobs: 1 });

    expect(await settle(session, [taken, outcomes.succeeded])).to.deep.equal([]);
    expect(await engine.waiting()).to.deep.equal(['b']);
  });

  it('deletes an emptied queue with its counts and its pause', async () => {
    await end('a', 'succeeded');
    await engine.store.remove('a');
    await engine.store.pause('ada', 1);

    expect(await deleteQueue(engine, { force: false })).to.include({ kind: 'deleted' });

    expect(await keysLeft()).to.deep.equal([]);
  });

  it('says that there was nothing', async () => {
    expect(await deleteQueue(engine, FORCE)).to.deep.equal({ kind: 'deleted', keys: 0 });
  });

  it('lets a live worker go on under a new incarnation', async () => {
    await end('a', 'succeeded');
    await deleteQueue(engine, FORCE);
    await engine.add('b');

    expect((await session.exchange([], 1)).state).to.equal('burnt');
    session.rejoin();

    expect((await take(session)).map(({ id }) => id)).to.deep.equal(['b']);
  });
});
