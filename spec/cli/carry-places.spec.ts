import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { startCluster } from '../support/cluster.ts';
import { apiary } from '../support/command-line.ts';
import { silentLog } from '../support/log.ts';
import { startRedis } from '../support/redis.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const COUNT = 400;

describe('where a queue of another library is carried from and to', () => {
  let rig: SpecWorkers;
  let opened: RedisClient[];

  beforeEach(() => {
    rig = openWorkers();
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map(closeClient));
    await rig.close();
  });

  function open(url: string): RedisClient {
    const client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
    opened.push(client);
    return client;
  }

  /** Stores jobs as BullMQ does, whose data are their numbers. */
  async function fill(client: RedisClient, prefix: string): Promise<void> {
    const key = (name: string | number) => `${prefix}:${rig.queue}:${name}`;
    await client.set(key('id'), COUNT);
    for (let id = 1; id <= COUNT; id++) {
      await client.hset(key(id), { name: 'job', data: String(id), opts: '{}', timestamp: '1' });
      await client.lpush(key('wait'), id);
    }
  }

  it('may be seen by a user who can only read', async () => {
    const redis = await startRedis({ appendOnly: false });
    try {
      const admin = open(redis.url);
      await fill(admin, 'bull');
      const rights = ['~bull:*', '-@all', '+@read', '+@connection', '+info'];
      await admin.call('ACL', 'SETUSER', 'reader', 'on', '>secret', ...rights);
      const url = redis.url.replace('redis://', 'redis://reader:secret@');

      const { code, out, err } = await apiary([
        ...['import', rig.queue, '--from', 'bullmq', '--from-redis', url, '--yes'],
      ]);

      expect([code, out, err]).to.deep.equal([0, `${COUNT} of ${COUNT} jobs were stored\n`, '']);
      expect(await rig.waiting()).to.deep.equal(Array.from({ length: COUNT }, (_, at) => at + 1));
    } finally {
      await redis.stop();
    }
  });

  it('may be a cluster, and come to one', async () => {
    const cluster = await startCluster();
    try {
      const there = open(cluster.url);
      await fill(there, '{bull}');
      const words = ['import', '--from', 'bullmq', '--from-prefix', '{bull}', '--from-redis', cluster.url];

      const { code, out } = await apiary([...words, '--redis', cluster.url, '--yes']);

      expect([code, out]).to.deep.equal([0, `${COUNT} of ${COUNT} jobs were stored\n`]);
      expect(await there.llen(queueKeys('bq', rig.queue, true).waiting)).to.equal(COUNT);
    } finally {
      await cluster.stop();
    }
  }).timeout(60_000);

  it('doubles nothing when several carry it over at a time', async () => {
    await fill(rig.client, 'bull');
    const words = ['import', rig.queue, '--from', 'bullmq', '--yes', '--json'];

    const ran = await Promise.all([apiary(words), apiary(words), apiary(words)]);

    const stored = ran.map(({ out }) => Number(JSON.parse(out).stored));
    expect(stored.reduce((sum, one) => sum + one, 0)).to.equal(COUNT);
    expect(await rig.queries().counts()).to.include({ waiting: COUNT });
  });
});
