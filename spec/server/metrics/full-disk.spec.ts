import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../lib/redis/embedded.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { createMetrics } from '../../../lib/server/metrics/metrics.ts';
import { silentLog } from '../../support/log.ts';
import { until } from '../../support/wait.ts';

/** Its files may not grow past 32 KB, which is an error of writing as that of a full disk. */
const BOUNDED_SERVER = `#!/bin/sh\ntrap '' XFSZ\nulimit -f 64\nexec redis-server "$@"\n`;

describe('the metrics of a Redis that cannot write its file', () => {
  let dataDir: string;
  let redis: EmbeddedRedis;
  let client: RedisClient;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'apiary-full-disk-'));
    const binary = join(dataDir, 'bounded-server');
    await writeFile(binary, BOUNDED_SERVER);
    await chmod(binary, 0o755);
    redis = await startEmbeddedRedis({ dataDir, binary, log: silentLog });
    client = connect(parseRedisUrl(redis.url), 'requests', { log: silentLog });
  });

  afterEach(async () => {
    await closeClient(client);
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('say so, though it refuses every change and even a ping', async () => {
    await client.set('filler', 'x'.repeat(100_000)).catch(() => null);
    const refuses = () =>
      client.ping().then(
        () => false,
        (error: Error) => error.message.startsWith('MISCONF'),
      );
    await until(refuses, 'Redis refuses a ping');
    const inspector = new Inspector({ client });

    const lines = (await createMetrics({ inspector, log: silentLog }).text()).split('\n');

    expect(lines).to.include('apiary_redis_up 1').and.include('apiary_redis_aof_last_write_ok 0');
  });
});
