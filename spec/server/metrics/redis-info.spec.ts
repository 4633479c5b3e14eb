import { expect } from 'chai';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { redisInfoOf } from '../../../lib/server/metrics/redis-info.ts';
import { silentLog } from '../../support/log.ts';
import { startRedis } from '../../support/redis.ts';

describe('redisInfoOf', () => {
  it('reads what a Redis says of itself', async () => {
    const redis = await startRedis();
    const client = connect(parseRedisUrl(redis.url), 'requests', { log: silentLog });
    try {
      await client.config('SET', 'maxmemory', '100mb');

      const info = redisInfoOf(await client.info());

      expect(info).to.include({ maxMemoryBytes: 104_857_600, evictedKeys: 0, lastAppendOk: true });
      expect(info.usedMemoryBytes).to.be.above(0);
      expect(info.connectedClients).to.be.at.least(1);
      expect(info.isAppendOnly).to.equal(
        ((await client.config('GET', 'appendonly')) as string[])[1] === 'yes',
      );
    } finally {
      await closeClient(client);
      await redis.stop();
    }
  });

  it('takes a field only where it begins a line and its value is what it should be', () => {
    const text = '# Memory\r\nused_memory_rss:7\r\nmaxmemory:lots\r\nmaxmemory_policy:noeviction\r\n';

    expect(redisInfoOf(text)).to.deep.equal({
      usedMemoryBytes: null,
      maxMemoryBytes: null,
      connectedClients: null,
      evictedKeys: null,
      isAppendOnly: null,
      lastAppendOk: null,
    });
  });

  it('tells that the last write to the file failed', () => {
    const text = 'aof_enabled:1\r\naof_last_write_status:err\r\nused_memory:2048\r\n';

    expect(redisInfoOf(text)).to.include({
      isAppendOnly: true,
      lastAppendOk: false,
      usedMemoryBytes: 2_048,
    });
  });
});
