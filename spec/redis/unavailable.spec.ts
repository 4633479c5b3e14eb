import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { ApiaryError, isPassing } from '../../lib/errors.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { toUnavailable } from '../../lib/redis/unavailable.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('toUnavailable', () => {
  let redis: SpecRedis;
  let client: RedisClient;

  const errorOf = (answer: Promise<unknown>): Promise<unknown> =>
    answer.then(
      () => null,
      (error) => error,
    );

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    client = connect(parseRedisUrl(redis.url), 'requests', { log: silentLog });
  });

  afterEach(async () => {
    await closeClient(client);
    await redis.stop();
  });

  it('keeps the error as the cause and names the reason', async () => {
    await client.config('SET', 'maxmemory', '1');

    const error = await errorOf(client.set('key', 'value'));

    expect(toUnavailable(error)).to.include({
      code: 'REDIS_FULL',
      message: 'Redis is full: OOM',
      cause: error,
    });
  });

  it('tells a full Redis from one that is away, in a script too', async () => {
    await client.config('SET', 'maxmemory', '1');

    const error = await errorOf(client.eval("return redis.call('set', KEYS[1], 'value')", 1, 'key'));

    expect(toUnavailable(error)).to.include({ code: 'REDIS_FULL', cause: error });
    expect(isPassing(toUnavailable(error))).to.equal(true);
  });

  const refusals: [reason: string, provoke: () => Promise<unknown>][] = [
    [
      'a Redis that has become a replica',
      async () => {
        await client.replicaof('127.0.0.1', 1);
        return client.set('key', 'value');
      },
    ],
    [
      'a replica without its master',
      async () => {
        await client.config('SET', 'replica-serve-stale-data', 'no');
        await client.replicaof('127.0.0.1', 1);
        return client.get('key');
      },
    ],
    [
      'too few replicas',
      async () => {
        await client.config('SET', 'min-replicas-to-write', '1');
        return client.set('key', 'value');
      },
    ],
    [
      'a connection that was closed',
      async () => {
        await closeClient(client);
        return client.get('key');
      },
    ],
    [
      'a Redis that is away',
      async () => {
        await redis.kill();
        return client.get('key');
      },
    ],
    [
      'a Redis that hangs',
      async () => {
        await until(() => client.status === 'ready', 'the connection was ready');
        (client as Redis).options.commandTimeout = 50;
        await client.call('CLIENT', 'PAUSE', '60000', 'ALL');
        return client.get('key');
      },
    ],
    [
      'a cluster without its slots',
      async () => {
        const error = new Error('CLUSTERDOWN Hash slot not served');
        error.name = 'ReplyError';
        throw error;
      },
    ],
    ['a host that has no address', () => dial('redis://no-such-host.invalid')],
    ['a socket that is not there', () => dial('redis-socket:/nonexistent/redis.sock')],
  ];
  for (const [what, provoke] of refusals) {
    it(`takes ${what} for unavailable`, async () => {
      const error = await errorOf(provoke());

      expect(toUnavailable(error)).to.include({ code: 'REDIS_UNAVAILABLE', cause: error });
    });
  }

  it('says that a login is refused, which does not pass by itself', async () => {
    await client.config('SET', 'requirepass', 'secret');
    const stranger = connect(parseRedisUrl(redis.url), 'requests', { log: silentLog });

    const error = await errorOf(stranger.get('key').finally(() => closeClient(stranger)));

    expect(toUnavailable(error)).to.include({ code: 'REDIS_REFUSED', cause: error });
  });

  it('takes a wrong command for what it is', async () => {
    await client.set('text', 'value');

    expect(toUnavailable(await errorOf(client.lpush('text', 'job')))).to.equal(null);
    expect(toUnavailable(await errorOf(client.eval('return redis.call("nonsense")', 0)))).to.equal(null);
  });

  it('takes errors of others and what is no error for what they are', () => {
    expect(toUnavailable(new Error('READONLY is the name of my flag'))).to.equal(null);
    expect(toUnavailable(new ApiaryError('JOB_INVALID', 'Connection is closed.'))).to.equal(null);
    expect(toUnavailable('Connection is closed.')).to.equal(null);
  });

  it('hands back what was turned already', () => {
    const error = new ApiaryError('REDIS_UNAVAILABLE', 'away');

    expect(toUnavailable(error)).to.equal(error);
  });

  it('takes what was refused for a wrong key alone for no outage', () => {
    const cause = Object.assign(new Error('WRONGTYPE Operation'), { name: 'ReplyError' });

    expect(toUnavailable(new ApiaryError('REDIS_REFUSED', 'a wrong key', { cause }))).to.equal(null);
  });
});

/** The error event of a connection that cannot be opened. */
function dial(url: string): Promise<never> {
  const client = connect(parseRedisUrl(url), 'requests', { log: silentLog });
  return new Promise<never>((_, reject) => client.once('error', reject)).finally(() => closeClient(client));
}
