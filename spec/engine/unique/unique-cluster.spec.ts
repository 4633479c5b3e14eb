import { expect } from 'chai';
import { destroyQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { type ClusterEngine, openClusterEngine } from '../../support/cluster.ts';
import { outcomes, settle, take } from '../../support/engine.ts';
import { addUnique } from '../../support/unique.ts';

describe('a unique key in a cluster', () => {
  let cluster: ClusterEngine;

  before(async () => {
    cluster = await openClusterEngine();
  });
  after(() => cluster.close());

  it('is held, handed on and let go as elsewhere, whichever node has the queue', async () => {
    for (const queue of [
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
    ]) {
      await addUnique(queue, 'a');
      const [running] = (await take(queue.session)) as [Taken];
      expect(await addUnique(queue, 'b')).to.deep.equal({ outcome: 'held', id: 'a' });
      await addUnique(queue, 'c', { onConflict: 'replace' });
      await settle(queue.session, [running, outcomes.succeeded]);
      expect(await addUnique(queue, 'd')).to.deep.equal({ outcome: 'held', id: 'c' });

      expect(await queue.store.remove('c')).to.equal('waiting');

      expect(await cluster.client.exists(queue.keys.uniques, queue.keys.lock('k'))).to.equal(0);
    }
  });

  it('goes when the queue is deleted, whichever node has it', async () => {
    for (const queue of [
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
    ]) {
      await addUnique(queue, 'a', { release: 'ttl', ttlMs: 3_600_000 });

      await destroyQueue(queue);

      expect(await cluster.client.exists(queue.keys.uniques, queue.keys.lock('k'))).to.equal(0);
    }
  });
});
