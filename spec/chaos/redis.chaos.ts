import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { expectNoneLost, takeToll } from './toll.ts';
import { lasts, startTraffic } from './traffic.ts';

const CONCURRENCY = 5;
const WORKERS = 2;

describe('Redis in trouble', function () {
  this.timeout(180_000);
  let redis: SpecRedis;
  let proxy: TcpProxy;
  let crew: Crew;

  beforeEach(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.port);
    crew = new Crew(redis.url);
    await crew.client.config('SET', 'appendfsync', 'always');
  });

  afterEach(async () => {
    await crew.close();
    await proxy.close();
    await redis.stop();
  });

  async function hireBehindProxy() {
    const url = `redis://127.0.0.1:${proxy.port}`;
    return Promise.all(
      Array.from({ length: WORKERS }, () => crew.hire({ concurrency: CONCURRENCY, redis: url })),
    );
  }

  /** Runs traffic while `trouble` happens `times` times; a fault may make each job under way run twice. */
  async function through(scenario: string, times: number, trouble: () => Promise<void>): Promise<void> {
    const workers = await hireBehindProxy();
    const traffic = startTraffic(crew, { everyMs: 40, forMs: 50 });
    for (let time = 0; time < times; time++) {
      await lasts(1_000);
      await trouble();
    }
    await lasts(1_000);
    const ids = await traffic.end();
    await crew.untilDrained(WORKERS);
    await Promise.all(workers.map((worker) => worker.stop()));
    expectNoneLost(scenario, await takeToll(crew, ids), times * WORKERS * CONCURRENCY);
  }

  it('loses nothing when the server is killed and started again in mid traffic', () =>
    through('redis-server killed 3 times', 3, async () => {
      await redis.kill();
      await lasts(500);
      await redis.restart();
    }));

  it('loses nothing when the connections of the workers are cut', () =>
    through('connections cut 5 times', 5, async () => proxy.cut()));

  it('loses nothing when the connections of the workers hang for 12 s', () =>
    through('connections hung 2 times for 12 s', 2, async () => {
      proxy.hang(true);
      await lasts(12_000);
      proxy.hang(false);
    }));

  it('loses nothing when replies are dropped and then the connections', () =>
    through('replies dropped 3 times for 1 s', 3, async () => {
      proxy.dropReplies(true);
      await lasts(1_000);
      proxy.cut();
      proxy.dropReplies(false);
    }));

  it('gives back nothing that it runs when replies are 50 ms late, for 3 min', async () => {
    proxy.delayMs.toClient = 50;
    const workers = await hireBehindProxy();
    const end = performance.now() + 180_000;
    const ids: string[] = [];
    while (performance.now() < end) {
      if (ids.length < 800) ids.push(...(await crew.add(5, 1_300, 'putOff')));
      await lasts(1_000);
    }
    await crew.untilDrained(WORKERS, 120_000);
    await Promise.all(workers.map((worker) => worker.stop()));
    const lines = crew.workers.flatMap(({ stdout }) => stdout);
    const fenced = lines.filter((line) => line.startsWith('fenced ')).length;
    console.log(
      `      ${ids.length} jobs, ${lines.filter((line) => line.startsWith('ran ')).length} attempts`,
    );
    expect(fenced, 'fenced').to.equal(0);
  }).timeout(400_000);

  it('loses nothing when the scripts are forgotten every 100 ms', () =>
    through('SCRIPT FLUSH 100 times, 100 ms apart', 1, async () => {
      for (let time = 0; time < 100; time++) {
        await crew.client.script('FLUSH');
        await lasts(100);
      }
    }));
});
