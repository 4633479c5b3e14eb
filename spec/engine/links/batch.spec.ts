import { expect } from 'chai';
import { saveBatch } from '../../../lib/engine/links/batch.ts';
import { BatchSweeper } from '../../../lib/engine/links/batch-sweeper.ts';
import { Batches } from '../../../lib/engine/links/batches.ts';
import { deleteQueue, destroyQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { addBatch, batchOf, queueOf } from '../../support/batch.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const many = (count: number) => Array.from({ length: count }, (_one, at) => `m${at}`);

describe('a batch', () => {
  let engine: SpecEngine;
  let other: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
    other = openEngine();
  });
  afterEach(() => Promise.all([engine.close(), other.close()]));

  const settleAll = async (one: SpecEngine) => {
    const session = one.session();
    for (let taken = await take(session, 500); taken.length > 0; taken = await take(session, 500)) {
      await settle(
        session,
        ...taken.map((job) => [job, outcomes.succeeded] as [typeof job, typeof outcomes.succeeded]),
      );
    }
  };

  it('of many members is stored whole, in order', async () => {
    const saved = await addBatch(engine, { members: many(600) });

    expect(saved).to.deep.equal({ outcome: 'saved', lastId: 'last', added: many(600).map(() => true) });
    expect(await engine.waiting()).to.deep.equal(many(600));
    expect(await batchOf(engine)).to.include({
      total: 600,
      added: 600,
      pending: 600,
      state: 'running',
      goneInMs: null,
    });
  });

  it('adds nothing when it is there already, and says which job comes last', async () => {
    await addBatch(engine, { members: ['a', 'b'] });

    const again = await addBatch(engine, { members: ['c', 'd'], lastId: 'other' });

    expect(again).to.deep.equal({ outcome: 'saved', lastId: 'last', added: [false, false] });
    expect(await engine.waiting()).to.deep.equal(['a', 'b']);
  });

  it('is refused when another one of another size has its id', async () => {
    await addBatch(engine, { members: ['a', 'b'] });

    expect(await addBatch(engine, { members: ['c'] })).to.deep.equal({ outcome: 'other' });
  });

  it('whose producer died in the middle does not complete, goes after a day, and is completed by adding it again', async () => {
    const unsealed = await dieAfterFirstChunk(600);
    expect(unsealed).to.include({ state: 'adding', added: 250, total: 600 });
    expect(unsealed?.goneInMs).to.be.within(86_000_000, 86_400_000);
    await settleAll(engine);
    expect(await batchOf(engine)).to.include({ state: 'adding', succeeded: 250, concludedAt: null });

    const saved = await addBatch(engine, { members: many(600).map((id) => `again-${id}`), when: 'ended' });

    expect(saved.outcome === 'saved' && saved.added.filter(Boolean).length).to.equal(350);
    await settleAll(engine);
    expect(await batchOf(engine)).to.include({ state: 'done', total: 600, succeeded: 600 });
  });

  it('adds nothing twice when a save is sent again', async () => {
    await addBatch(engine, { members: ['a'] });

    const again = await addBatch(engine, { members: ['a'] });

    expect(again).to.deep.equal({ outcome: 'saved', lastId: 'last', added: [true] });
    expect(await engine.waiting()).to.deep.equal(['a']);
    expect(await batchOf(engine)).to.include({ added: 1 });
  });

  it('may have members and its last job in several queues', async () => {
    const [here, there] = [queueOf(engine), queueOf(other)];
    const links = { batch: { id: 'b', queue: there } };
    await saveBatch(other, {
      id: 'b',
      queue: there,
      when: 'succeeded',
      last: { queue: there, job: jobOf('last') },
      members: [
        { queue: here, job: jobOf('a', 1, { links }) },
        { queue: there, job: jobOf('b', 2, { links }) },
      ],
    });

    await settleAll(engine);
    await settle(other.session());
    const session = other.session();
    const [taken] = await take(session, 1);
    if (taken) await settle(session, [taken, outcomes.succeeded]);

    expect(await other.waiting()).to.deep.equal(['last']);
    expect(await engine.client.exists(engine.keys.batches, other.keys.batches)).to.equal(0);
  });

  it('keeps the start of its last job', async () => {
    const queue = queueOf(engine);
    const last = { queue, job: jobOf('last', 1, {}, { inMs: 60_000 }) };
    const members = [{ queue, job: jobOf('a', 1, { links: { batch: { id: 'b', queue } } }) }];
    await saveBatch(engine, { id: 'b', queue, when: 'succeeded', last, members });

    await settleAll(engine);

    expect(await engine.client.zrange(engine.keys.delayed, 0, '-1')).to.deep.equal(['last']);
  });

  it('is listed until it is gone', async () => {
    const batches = new Batches({ client: engine.client, prefix: 'bq' });
    await addBatch(engine, { id: 'one', members: ['a'], lastId: 'x' });
    await addBatch(engine, { id: 'two', members: ['b'], lastId: 'y' });
    const listed = await batches.list(queueOf(engine));
    expect(listed.map(({ id }) => id)).to.deep.equal(['one', 'two']);

    await engine.client.del(engine.keys.batch('one'));
    await engine.client.zadd(engine.keys.batchIndex, 1, 'one');
    await new BatchSweeper().sweep(engine);

    expect(await engine.client.zrange(engine.keys.batchIndex, 0, '-1')).to.deep.equal(['two']);
  });

  for (const [name, end] of [
    ['ended as succeeded', async () => stockEnd('succeeded')],
    ['ended as failed', async () => stockEnd('failed')],
    [
      'removed',
      async () => {
        await engine.client.hdel(engine.keys.jobs, 'a');
        await engine.client.lrem(engine.keys.waiting, 1, 'a');
      },
    ],
  ] as const) {
    it(`learns by a look of the workers what a stock client has ${name}`, async () => {
      await addBatch(engine, { members: ['a'], when: 'ended' });
      await end();

      expect(await new BatchSweeper().sweep(engine)).to.equal(1);

      expect(await engine.waiting()).to.deep.equal(['last']);
      expect(await batchOf(engine)).to.include({ state: 'done', pending: 0 });
    });
  }

  it('learns by that look that what failed was pruned', async () => {
    await addBatch(engine, { members: ['a'] });
    const session = engine.session();
    const [taken] = await take(session, 1);
    if (taken) await settle(session, [taken, outcomes.failed]);
    await engine.store.pruneFailed(Date.now() + 60_000, -1);

    await new BatchSweeper().sweep(engine);

    expect(await batchOf(engine)).to.include({ state: 'broken', retryable: 0 });
    expect(await engine.client.exists(engine.keys.batches)).to.equal(0);
  });

  it('is looked at from where the last look stopped, so that none is passed over for ever', async () => {
    await addBatch(engine, { members: many(2_000) });
    const sweeper = new BatchSweeper(1);

    const seen: number[] = [];
    for (let look = 0; look < 20 && seen.reduce((sum, one) => sum + one, 0) < 2_000; look++) {
      seen.push(await sweeper.sweep(engine));
    }

    expect(seen.length).to.be.above(1);
    expect(seen.reduce((sum, one) => sum + one, 0)).to.be.within(2_000, 2_600);
  });

  it('is left as it is by a look while its members go on', async () => {
    await addBatch(engine, { members: ['a', 'b'], when: 'ended' });
    await take(engine.session(), 1);

    await new BatchSweeper().sweep(engine);

    expect(await batchOf(engine)).to.include({ pending: 2, failed: 0 });
  });

  for (const [name, act] of [
    ['deleted', (one: SpecEngine) => deleteQueue(one, { force: true })],
    ['destroyed', (one: SpecEngine) => destroyQueue(one)],
  ] as const) {
    it(`leaves nothing in a queue that is ${name}`, async () => {
      await addBatch(engine, { members: ['a', 'b'], when: 'ended' });

      await act(engine);

      expect(await engine.client.keys(`bq:${queueOf(engine)}:*`)).to.deep.equal([]);
    });

    it(`counts members as removed whose queue is ${name}`, async () => {
      const [here, there] = [queueOf(engine), queueOf(other)];
      const members = [{ queue: here, job: jobOf('a', 1, { links: { batch: { id: 'b', queue: there } } }) }];
      const last = { queue: there, job: jobOf('last') };
      await saveBatch(other, { id: 'b', queue: there, when: 'ended', last, members });

      await act(engine);

      expect(await other.waiting()).to.deep.equal(['last']);
      expect(await batchOf(other)).to.include({ state: 'done', failed: 1 });
    });
  }

  /** Stores as much of a batch as one call does: the name of its queue is given to the second, so that it fails. */
  const dieAfterFirstChunk = async (count: number) => {
    const queue = queueOf(engine);
    const links = { batch: { id: 'b', queue } };
    const members = many(count).map((id) => ({ queue, job: jobOf(id, 1, { links }) }));
    const dying = members.map((member, at) => {
      if (at < 250) return member;
      return {
        queue,
        get job(): never {
          throw new Error('the producer dies');
        },
      };
    });
    const last = { queue, job: jobOf('last') };
    const death = await saveBatch(engine, { id: 'b', queue, when: 'ended', last, members: dying }).catch(
      String,
    );
    expect(death).to.match(/the producer dies/);
    return batchOf(engine);
  };

  const stockEnd = async (set: 'succeeded' | 'failed') => {
    await engine.client.lrem(engine.keys.waiting, 1, 'a');
    await engine.client.sadd(engine.keys[set], 'a');
  };
});
