import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { parseRecord } from '../../../lib/engine/record/record.ts';
import { readStates } from '../../../lib/engine/store/states.ts';
import { StraySweeper } from '../../../lib/engine/upkeep/stray-sweeper.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { join } from '../../support/group.ts';
import { SpecQueues } from '../../support/queues.ts';

describe('the sweep for jobs that are nowhere', () => {
  let engine: SpecEngine;
  let sweeper: StraySweeper;

  beforeEach(() => {
    engine = openEngine();
    sweeper = new StraySweeper();
  });
  afterEach(() => engine.close());

  /** Looks until a search has ended, so often at most; resolves with what was put back. */
  const search = async (by = sweeper, looks = 2): Promise<string[]> => {
    const placed: string[] = [];
    for (let look = 0; look < looks; look++) placed.push(...(await by.sweep(engine)));
    return placed.sort();
  };
  const statesOf = (...ids: string[]) => readStates(engine.client, engine.keys, ids);

  it('offers one again that was popped and held by nobody', async () => {
    await engine.add('a', 'b', 'c');
    await engine.client.rpop(engine.keys.waiting);

    expect(await search()).to.deep.equal(['a']);

    expect(await engine.waiting()).to.have.members(['a', 'b', 'c']);
  });

  it('leaves one alone at the first look', async () => {
    await engine.add('a');
    await engine.client.rpop(engine.keys.waiting);

    expect(await search(sweeper, 1)).to.deep.equal([]);

    expect(await engine.waiting()).to.deep.equal([]);
  });

  it('puts those that have ended among the ended, and one that is delayed among the delayed', async () => {
    const dueAt = Date.now() + 3_600_000;
    await engine.save('later', { delay: dueAt }, { at: dueAt });
    await engine.add('a', 'b');
    const session = engine.session();
    const [a, b] = await take(session);
    if (!a || !b) throw new Error('nothing was taken');
    await settle(session, [a, outcomes.succeeded], [b, outcomes.failed]);
    const { succeeded, succeededOrder, failed, failedOrder, delayed } = engine.keys;
    await engine.client.del(succeeded, succeededOrder, failed, failedOrder, delayed);

    expect(await search()).to.deep.equal(['a', 'b', 'later']);

    expect(await statesOf('a', 'b', 'later')).to.deep.equal(['succeeded', 'failed', 'delayed']);
    expect(await engine.client.lrange(succeededOrder, 0, -1)).to.deep.equal(['a']);
    expect(await engine.client.zcard(failedOrder)).to.equal(1);
    expect(await engine.client.zscore(delayed, 'later')).to.equal(String(dueAt));
  });

  it('touches nothing that is somewhere, wherever that is', async () => {
    const limits = { perKey: { concurrency: 1 } };
    await writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
    await engine.store.save(['k1', 'k2', 'k3'].map((id) => jobOf(id, 1, { key: 'a' })));
    await engine.save('later', {}, { inMs: 60_000 });
    await join(engine, ['g1', 'g2']);
    const session = engine.session();
    await take(session);
    await engine.add('w1');
    await engine.client.rpush(engine.keys.front, 'front');
    await engine.client.hset(
      engine.keys.jobs,
      'front',
      '{"data":1,"options":{},"status":"created","progress":0}',
    );
    // Whatever else there is that the count cannot explain.
    await engine.client.sadd(engine.keys.succeeded, 'ghost');

    expect(await search()).to.deep.equal([]);

    expect(await engine.waiting()).to.deep.equal(['w1']);
    expect(await engine.client.exists(engine.keys.straySearch)).to.equal(0);
  });

  it('waits for the end of one that is claimed', async () => {
    await engine.add('a');
    const session = engine.session();
    const [a] = await take(session);
    if (!a) throw new Error('nothing was taken');
    await engine.client.del(engine.keys.active);

    expect(await search()).to.deep.equal([]);
    expect(await engine.waiting()).to.deep.equal([]);

    expect(await settle(session, [a, outcomes.succeeded])).to.deep.equal(['a']);
    expect(await search()).to.deep.equal(['a']);
  });

  it('brings nothing back that was removed while it searched, nor what got a place', async () => {
    await engine.add('a', 'b', 'c');
    await engine.client.del(engine.keys.waiting);
    await search(sweeper, 1);

    await engine.store.remove('a');
    await engine.client.lpush(engine.keys.waiting, 'b');

    expect(await search(sweeper, 1)).to.deep.equal(['c']);
    expect((await engine.waiting()).sort()).to.deep.equal(['b', 'c']);
  });

  it('searches by one worker at a time', async () => {
    await engine.add('a');
    await engine.client.rpop(engine.keys.waiting);
    await search(sweeper, 1);

    expect(await search(new StraySweeper(), 3)).to.deep.equal([]);
    expect(await search(sweeper, 1)).to.deep.equal(['a']);
  });

  it('searches no more for what it could not explain, until the numbers change', async () => {
    await engine.add('a', 'b');
    await engine.client.sadd(engine.keys.succeeded, 'ghost');
    await search();
    await engine.client.config('RESETSTAT');

    await search();

    expect(await engine.client.info('commandstats')).not.to.contain('cmdstat_hscan');
    await engine.client.rpop(engine.keys.waiting);
    expect(await search()).to.deep.equal(['a']);
  });

  it('goes on where it stopped, and in parts where there are many', async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `job-${at}`);
    await engine.add(...ids);
    const lost = ids.filter((_id, at) => at % 100 === 7);
    for (const id of lost) await engine.client.lrem(engine.keys.waiting, 1, id);

    const placed = await search(new StraySweeper({ mostSteps: 5, mostSuspects: 100 }), 200);

    expect(placed).to.deep.equal([...lost].sort());
    expect((await engine.waiting()).length).to.equal(300);
  });

  it('finds the job of a stock producer, and data that no script may decode', async () => {
    const queues = new SpecQueues();
    const stock = await queues.stock({}, engine.keys.jobs.split(':')[1]);
    await stock.createJob({ cut: '\ud83d' }).save();
    await engine.client.del(engine.keys.waiting);

    const [id = ''] = await search();

    expect(await engine.waiting()).to.deep.equal([id]);
    expect(parseRecord((await engine.client.hget(engine.keys.jobs, id)) ?? '')?.status).to.equal('created');
    await queues.close();
  });

  it('is not fed by the progress of a job that was removed', async () => {
    await engine.add('a');
    const session = engine.session();
    const [a] = await take(session);
    if (!a) throw new Error('nothing was taken');
    await engine.client.hdel(engine.keys.jobs, 'a');

    expect(await session.progress('a', a.record)).to.equal(false);

    expect(await engine.client.exists(engine.keys.jobs)).to.equal(0);
  });
});
