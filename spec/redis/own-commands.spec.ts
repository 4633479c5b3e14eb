import { expect } from 'chai';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('what ioredis sends by itself', () => {
  it('is an error of nobody when the connection is closed before its answer', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const url = `redis://127.0.0.1:${proxy.port}`;
    const client = connect(parseRedisUrl(url), 'subscriber', { log: silentLog });
    await client.subscribe('one', 'two');

    // Told right after it has sent that it subscribes again.
    const closed = new Promise<void>((resolve) => {
      client.once('ready', () => {
        client.disconnect();
        resolve();
      });
    });
    proxy.cut();
    await closed;
    await until(() => client.status === 'end', 'it is closed');
    await new Promise(setImmediate);

    process.off('unhandledRejection', note);
    await proxy.close();
    expect(unhandled).to.deep.equal([]);
  });
});
