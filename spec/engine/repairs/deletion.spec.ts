import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { saveBatch } from '../../../lib/engine/links/batch.ts';
import { destroyQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { join } from '../../support/group.ts';
import { addUnique, uniqueKeysOf } from '../../support/unique.ts';

describe('destroyQueue', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const remains = () => engine.client.keys(`${engine.keys.jobs.slice(0, -'jobs'.length)}*`);

  it('leaves no key of the queue, and tells how many there were', async () => {
    await engine.add('a', 'b');
    await take(engine.session(), 1);
    await engine.save('c', {}, { inMs: 3_600_000 });
    const before = await remains();

    expect(await destroyQueue(engine)).to.equal(before.length);

    expect(await remains()).to.deep.equal([]);
  });

  it('lets go of the keys of unique jobs, also of a throttle whose job has ended', async () => {
    await addUnique(engine, 'a', { key: 'held' });
    await addUnique(engine, 'b', { key: 'throttled', release: 'ttl', ttlMs: 3_600_000 });
    const session = engine.session();
    const [, throttled] = await take(session);
    if (throttled) await settle(session, [throttled, outcomes.succeeded]);
    expect(await engine.client.hget(engine.keys.uniques, 'b')).to.equal(null);

    await destroyQueue(engine);

    expect(await remains()).to.deep.equal([]);
  });

  it('takes along the groups in which jobs wait', async () => {
    await join(engine, ['a', 'b']);
    await join(engine, ['c'], { name: 'user-2' });

    await destroyQueue(engine);

    expect(await remains()).to.deep.equal([]);
  });

  it('deletes any number of locks', async () => {
    const adding = Array.from({ length: 2_500 }, (_, n) => addUnique(engine, `${n}`, { key: `user-${n}` }));
    await Promise.all(adding);
    const before = await remains();

    expect(await destroyQueue(engine)).to.equal(before.length);

    expect(await remains()).to.deep.equal([]);
  });

  it('takes a lock along that is no lock', async () => {
    await addUnique(engine, 'a', { key: 'list' });
    await addUnique(engine, 'b', { key: 'text' });
    await engine.client.del(engine.keys.lock('list'));
    await engine.client.rpush(engine.keys.lock('list'), 'x');
    await engine.client.set(engine.keys.lock('text'), 'nonsense');

    await destroyQueue(engine);

    expect(await remains()).to.deep.equal([]);
  });

  it('goes on where a batch of another queue is none', async () => {
    const queue = engine.keys.jobs.split(':')[1] ?? '';
    const members = ['m', 'n'].map((id) => ({
      queue,
      job: jobOf(id, 1, { links: { batch: { id: 'b', queue } } }),
    }));
    await saveBatch(engine, { id: 'b', queue, when: 'ended', last: { queue, job: jobOf('last') }, members });
    const foreign = `${engine.keys.jobs}-of-another`;
    await engine.client.rpush(foreign, 'x');
    await engine.client.hset(engine.keys.batches, 'n', `p${foreign}`);
    await addUnique(engine, 'a');

    await destroyQueue(engine);

    expect(await remains()).to.deep.equal([foreign]);
  });

  it('leaves the locks of a queue alone that is named like a pattern for it', async () => {
    const alike = queueKeys('bq', `${engine.keys.jobs.split(':')[1]?.slice(0, -1)}?`, false);
    await addUnique(engine, 'a');

    await destroyQueue({ client: engine.client, keys: alike });

    expect(await uniqueKeysOf(engine)).to.have.length(2);
  });
});
