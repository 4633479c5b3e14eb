import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { destroyQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { Session, type Taken } from '../../../lib/engine/session/session.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../../support/cluster.ts';
import { outcomes, settle, take } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { addUnique } from '../../support/unique.ts';

const SESSION = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always' } as const;

describe('a unique key in a cluster', () => {
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

  it('is held, handed on and let go as elsewhere, whichever node has the queue', async () => {
    for (const queue of [openQueue(), openQueue(), openQueue(), openQueue()]) {
      await addUnique(queue, 'a');
      const [running] = (await take(queue.session)) as [Taken];
      expect(await addUnique(queue, 'b')).to.deep.equal({ outcome: 'held', id: 'a' });
      await addUnique(queue, 'c', { onConflict: 'replace' });
      await settle(queue.session, [running, outcomes.succeeded]);
      expect(await addUnique(queue, 'd')).to.deep.equal({ outcome: 'held', id: 'c' });

      expect(await queue.store.remove('c')).to.equal('waiting');

      expect(await client.exists(queue.keys.uniques, queue.keys.lock('k'))).to.equal(0);
    }
  });

  it('goes when the queue is deleted, whichever node has it', async () => {
    for (const queue of [openQueue(), openQueue(), openQueue(), openQueue()]) {
      await addUnique(queue, 'a', { release: 'ttl', ttlMs: 3_600_000 });

      await destroyQueue(queue);

      expect(await client.exists(queue.keys.uniques, queue.keys.lock('k'))).to.equal(0);
    }
  });
});
