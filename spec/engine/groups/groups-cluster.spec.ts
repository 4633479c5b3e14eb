import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { readGroup } from '../../../lib/engine/groups/group-queries.ts';
import { fireGroup } from '../../../lib/engine/groups/groups.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { Session } from '../../../lib/engine/session/session.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../../support/cluster.ts';
import { take } from '../../support/engine.ts';
import { jobsIn, join, specGroup } from '../../support/group.ts';
import { silentLog } from '../../support/log.ts';

const SESSION = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always' } as const;

describe('groups in a cluster', () => {
  let cluster: SpecCluster;
  let client: RedisClient;

  before(async () => {
    cluster = await startCluster();
    client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
    defineScripts(client);
  });

  after(async () => {
    await closeClient(client);
    await cluster.stop();
  });

  const openQueue = () => {
    const keys = queueKeys('bq', testQueueName(), true);
    const session = new Session({ client, keys, clock: systemClock }, SESSION);
    return { client, keys, store: new Store(client, keys), session };
  };

  it('are joined, left and handed over as elsewhere, whichever node has the queue', async () => {
    for (const queue of [openQueue(), openQueue(), openQueue(), openQueue()]) {
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
    for (const queue of [openQueue(), openQueue(), openQueue(), openQueue()]) {
      await join(queue, ['a']);

      await deleteQueue(queue, { force: true });

      expect(await client.exists(queue.keys.groups, queue.keys.group(specGroup()))).to.equal(0);
    }
  });
});
