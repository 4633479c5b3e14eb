import { expect } from 'chai';
import { Redis } from 'ioredis';
import { Watchdog } from '../../lib/redis/watchdog.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

/** As the real one, but quicker. */
const PATIENCE = { tickMs: 20, idleMs: 100, doubtMs: 100, silenceMs: 400 };

describe('Watchdog', () => {
  let redis: SpecRedis;
  let proxy: TcpProxy;
  let client: Redis;
  let operator: Redis;
  let errors: Error[];
  let connects: number;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    proxy = await startProxy(redis.port);
    operator = new Redis(redis.port);
    client = new Redis(proxy.port, { maxRetriesPerRequest: null, retryStrategy: () => 10 });
    errors = [];
    connects = 0;
    client.on('error', (error: Error) => errors.push(error));
    client.on('connect', () => connects++);
    new Watchdog(PATIENCE).watch(client);
    await client.ping();
  });

  afterEach(async () => {
    client.disconnect();
    operator.disconnect();
    await proxy.close();
    await redis.stop();
  });

  const reconnected = () => until(() => connects === 2 && client.status === 'ready', 'it connected anew');

  it('sends a command again whose answer never comes', async () => {
    proxy.swallow();

    expect(await client.set('key', 'value')).to.equal('OK');
    expect(errors.map((error) => 'code' in error && error.code)).to.deep.equal(['ETIMEDOUT']);
  });

  it('finds out where nothing is asked', async () => {
    proxy.swallow();

    await reconnected();
  });

  it('finds out where messages are awaited, and hears the next', async () => {
    const heard: string[] = [];
    client.on('message', (_channel, message: string) => heard.push(message));
    await client.subscribe('news');
    proxy.swallow();

    await reconnected();
    // The one that was swallowed is still there for the server.
    await until(async () => (await operator.publish('news', 'back')) === 2, 'both were subscribed');
    await until(() => heard.length > 0, 'the message came');
  });

  it('finds out in the middle of a handshake', async () => {
    proxy.hang(true);
    proxy.cut();
    await until(() => connects === 2, 'it was connected and not answered');
    proxy.swallow();
    proxy.hang(false);

    expect(await client.ping()).to.equal('PONG');
  });

  it('lets a command block as long as it says, and then some', async () => {
    expect(await client.blmove('nothing', 'nowhere', 'LEFT', 'LEFT', 1)).to.equal(null);
    expect(errors).to.deep.equal([]);

    proxy.swallow();
    const moved = client.blmove('from', 'to', 'RIGHT', 'LEFT', 0.5);
    await reconnected();
    await operator.lpush('from', 'a', 'b');

    expect(['a', 'b', null]).to.include(await moved);
  });

  it('leaves a command alone that blocks for ever', async () => {
    const moved = client.blmove('from', 'to', 'RIGHT', 'LEFT', 0);
    await until(async () => /blocked_clients:1/.test(await operator.info('clients')), 'it was blocked');
    const others = await Promise.all([1, 2, 3].map(() => operator.blpop('nothing', 0.5)));
    await operator.lpush('from', 'a');

    expect(others).to.deep.equal([null, null, null]);
    expect(await moved).to.equal('a');
    expect(connects).to.equal(1);
  });

  it('does not take its own sleep for a silence', async () => {
    const answer = client.get('key');
    const till = performance.now() + 3 * PATIENCE.silenceMs;
    while (performance.now() < till);

    expect(await answer).to.equal(null);
    expect(connects).to.equal(1);
  });

  it('stays with a Redis that is slow and answers in time', async () => {
    for (let time = 0; time < 5; time++) {
      await operator.call('CLIENT', 'PAUSE', PATIENCE.silenceMs / 2, 'ALL');
      await client.get('key');
    }

    expect(errors).to.deep.equal([]);
    expect(connects).to.equal(1);
  });
});
