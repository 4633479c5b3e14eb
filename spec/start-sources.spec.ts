import { expect } from 'chai';
import { freePort } from '../lib/redis/free-port.ts';
import type { MonitorSource } from '../lib/server/monitor/monitor-source.ts';
import type { OpenSources } from '../lib/start-sources.ts';
import { recordingLog } from './support/log.ts';
import { openRequests, type SpecRedis, startRedis } from './support/redis.ts';
import { startBareRedis } from './support/redis-server.ts';
import { openSourcesOf } from './support/sources.ts';
import { until } from './support/wait.ts';

describe('openSources', function () {
  this.timeout(60_000);
  let redis: SpecRedis;
  let open: OpenSources | null = null;

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  afterEach(async () => {
    await open?.close();
    open = null;
  });

  const sourceOf = (list: string, prefix = 'bq'): MonitorSource => {
    open = openSourcesOf(list, { prefix });
    const [source] = open.sources;
    if (!source) throw new Error('there is none');
    return source;
  };
  const connections = async (): Promise<number> => {
    const client = openRequests(redis.url);
    const list = String(await client.call('CLIENT', 'LIST'));
    await client.quit();
    return list.split('\n').filter((line) => line.includes('name=apiary:source')).length;
  };

  it('connects once somebody asks, with one connection, and closes it', async () => {
    const source = sourceOf(`eu=${redis.url}`);
    expect(await connections()).to.equal(0);

    const troubles = await Promise.all([1, 2, 3].map(() => source.trouble()));
    await source.parts().inspector.census.names();

    expect(troubles).to.deep.equal([null, null, null]);
    expect(source.parts()).to.equal(source.parts());
    expect(await connections()).to.equal(1);
    await open?.close();
    await until(async () => (await connections()) === 0, 'it is closed');
    expect(() => source.parts()).to.throw('the monitor is shutting down');
    await open?.close();
  });

  it('says why a server cannot be reached, and nothing of its password or address', async () => {
    const { log, records } = recordingLog();
    const port = await freePort();
    const guarded = await startBareRedis(await freePort(), { requirepass: 'right' });
    open = openSourcesOf(
      [
        `gone=redis://:hunter2@127.0.0.1:${port}`,
        `wrong=redis://:hunter2@127.0.0.1:${guarded.port}`,
        `nobody=redis://127.0.0.1:${guarded.port}`,
        `sen=redis-sentinel://:hunter2@127.0.0.1:${port},127.0.0.1:${port}/0?master=m`,
        `clu=redis-cluster://:hunter2@127.0.0.1:${port},127.0.0.1:${port}`,
        `db=redis://127.0.0.1:${redis.port}/99`,
      ].join(','),
      { log },
    );

    const troubles = await Promise.all(open.sources.map((source) => source.trouble()));
    const again = await Promise.all(open.sources.map((source) => source.trouble()));

    await guarded.stop();
    for (const [at, trouble] of [...troubles, ...again].entries())
      expect(trouble, String(at)).to.match(/^[A-Z_]{3,20}$/);
    expect(troubles.slice(0, 3)).to.deep.equal(['ECONNREFUSED', 'WRONGPASS', 'NOAUTH']);
    expect(JSON.stringify(records)).to.include('gone').and.not.include('hunter2');
  });

  it('goes on when a server is there again', async () => {
    const source = sourceOf(`eu=${redis.url}`);
    await source.parts().producer.addRaw({ type: 'a', queue: 'mail', data: 1, options: {} });

    await redis.kill();
    await until(async () => (await source.trouble()) !== null, 'it is away');
    await redis.restart();
    await until(async () => (await source.trouble()) === null, 'it is back');

    expect(await source.parts().inspector.census.names()).to.include('mail');
  });

  it('writes nothing to a server that is read-only', async () => {
    const source = sourceOf(`eu:read-only=${redis.url}`, 'untouched');

    await source.trouble();
    await source.parts().inspector.census.names();

    const client = openRequests(redis.url);
    expect(await client.keys('untouched*')).to.deep.equal([]);
    await client.quit();
  });
});
