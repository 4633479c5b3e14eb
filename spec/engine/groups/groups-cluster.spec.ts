import { expect } from 'chai';
import { readGroup } from '../../../lib/engine/groups/group-queries.ts';
import { fireGroup } from '../../../lib/engine/groups/groups.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { type ClusterEngine, openClusterEngine } from '../../support/cluster.ts';
import { take } from '../../support/engine.ts';
import { jobsIn, join, specGroup } from '../../support/group.ts';

describe('groups in a cluster', () => {
  let cluster: ClusterEngine;

  before(async () => {
    cluster = await openClusterEngine();
  });
  after(() => cluster.close());

  it('are joined, left and handed over as elsewhere, whichever node has the queue', async () => {
    for (const queue of [
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
    ]) {
      await join(queue, ['a', 'b', 'c'], { name: 'a {braced} name' });
      expect(await queue.store.remove('b')).to.equal('waiting');
      const group = specGroup('a {braced} name');
      expect(await readGroup(queue, group)).to.include({ size: 2 });

      expect(await fireGroup(queue, group)).to.include({ carriers: 1, jobs: 2 });

      const [carrier] = await take(queue.session);
      expect(jobsIn(carrier?.record)).to.deep.equal(['a', 'c']);
    }
  });

  it('go when the queue is deleted, whichever node has it', async () => {
    for (const queue of [
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
      cluster.openQueue(),
    ]) {
      await join(queue, ['a']);

      await deleteQueue(queue, { force: true });

      expect(await cluster.client.exists(queue.keys.groups, queue.keys.group(specGroup()))).to.equal(0);
    }
  });
});
