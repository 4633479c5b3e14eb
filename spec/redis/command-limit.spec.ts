import { expect } from 'chai';
import { Redis } from 'ioredis';
import { limitFairly } from '../../lib/redis/command-limit.ts';
import { closeClient } from '../../lib/redis/connect.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { redisUrl } from '../support/redis.ts';

const LIMIT_MS = 100;

describe('the time limit of commands', () => {
  let proxy: TcpProxy;
  let client: Redis;

  beforeEach(async () => {
    proxy = await startProxy(Number(new URL(redisUrl()).port));
    client = new Redis(proxy.port, { commandTimeout: LIMIT_MS });
    limitFairly(client);
    await client.ping();
  });

  afterEach(async () => {
    await closeClient(client);
    await proxy.close();
  });

  it('leaves out for how long this process was too busy to read', async () => {
    const answers = Array.from({ length: 100 }, () => client.ping());
    const until = performance.now() + 5 * LIMIT_MS;
    while (performance.now() < until);

    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['PONG']));
  });

  it('ends a command that gets no answer', async () => {
    proxy.hang(true);

    const error = await client.ping().catch((reason: unknown) => reason);
    proxy.hang(false);

    expect(error).to.be.an('error').with.property('message', 'Command timed out');
  });
});
