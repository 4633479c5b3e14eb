import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { findQueueNames, queuesWithJob, SharedDiscovery } from '../../../lib/engine/discovery/discovery.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { defineScripts } from '../../../lib/engine/scripts.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { jobOf } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';

describe('discovery of queues', () => {
  let client: RedisClient;
  let prefix: string;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(client);
    prefix = `spec-${randomUUID()}`;
  });
  afterEach(() => closeClient(client));

  const add = (queue: string, id: string): Promise<unknown> =>
    new Store(client, queueKeys(prefix, queue, false)).save([jobOf(id)]);

  it('finds every queue of the prefix that holds a job', async () => {
    await Promise.all([add('mail', '1'), add('images', '1'), add('a:b', '1')]);

    const names = await findQueueNames(client, prefix);

    expect([...names]).to.have.members(['mail', 'images', 'a:b']);
  });

  it('finds those that are empty and paused, limited or scheduled', async () => {
    const inspector = new Inspector({ client, prefix });
    await inspector.pause('paused', 'spec');
    await inspector.limits.set('limited', { concurrency: 1 }, 'spec');
    const once = { name: 's', everyMs: 60_000, data: 1 };
    await new Producer({ client, prefix }).schedules.putRaw({ ...once, type: 't', queue: 'scheduled' });

    expect(await inspector.queueNames()).to.deep.equal(['limited', 'paused', 'scheduled']);
    expect((await inspector.queues()).queues.map(({ name }) => name)).to.deep.equal([
      'limited',
      'paused',
      'scheduled',
    ]);
  });

  it('finds none of which only a trace is left', async () => {
    const inspector = new Inspector({ client, prefix });
    await inspector.pause('resumed', 'spec');
    await inspector.resume('resumed');
    await inspector.limits.set('lifted', { concurrency: 1 }, 'spec');
    await inspector.limits.lift('lifted', 'spec');
    await client.hset(queueKeys(prefix, 'fenced', false).meta, 'fence', '1');

    expect(await inspector.queueNames()).to.deep.equal([]);
  });

  it('searches once for all who ask at a time, and anew for whoever asks while it does', async () => {
    const discovery = new SharedDiscovery(client, prefix);
    await add('mail', '1');
    const early = Array.from({ length: 50 }, () => discovery.queueNames());
    // By the time of its answer the search has begun.
    await client.ping();
    await add('images', '1');

    const late = Array.from({ length: 50 }, () => discovery.queueNames());

    expect(new Set(early)).to.have.lengthOf(1);
    expect(new Set(late)).to.have.lengthOf(1);
    expect(late[0]).not.to.equal(early[0]);
    expect([...((await late[0]) ?? [])]).to.have.members(['mail', 'images']);
  });

  it('goes on after a search that failed', async () => {
    await add('mail', '1');
    const other = connect(redisTarget(), 'requests', { log: silentLog });
    await closeClient(other);
    const discovery = new SharedDiscovery(other, prefix);
    const [first] = await Promise.allSettled([discovery.queueNames()]);
    await other.connect();

    const names = await discovery.queueNames();

    expect(first?.status).to.equal('rejected');
    expect([...names]).to.deep.equal(['mail']);
    await closeClient(other);
  });

  it('tells which of some queues have a job with an id', async () => {
    await Promise.all([add('mail', '1'), add('images', '2'), add('sms', '1')]);

    const queues = await queuesWithJob(client, {
      prefix,
      queues: ['mail', 'images', 'nobody', 'sms'],
      id: '1',
    });

    expect(queues).to.deep.equal(['mail', 'sms']);
  });
});
