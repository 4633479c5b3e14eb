import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const API = `/arena/api/queue/redis/${QUEUE}`;

describe('Arena while Redis is away', function () {
  this.timeout(90_000);
  let redis: SpecRedis;
  let proxy: TcpProxy;
  let monitor: SpecMonitor;
  let id: string;
  let timersBefore: number;

  before(async () => {
    await setImmediate(); // Mocha's own timer for a hook is then in both counts.
    timersBefore = openTimers();
  });

  // ioredis keeps the timers of a handshake that was cut off, until they go off after 5 s.
  after(() => until(() => openTimers() <= timersBefore, 'the timers of handshakes are over'));

  beforeEach(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.port);
    monitor = await openMonitor({ redis: `redis://127.0.0.1:${proxy.port}` });
    id = await monitor.jobIn('failed');
  });

  afterEach(async () => {
    await monitor.close();
    await proxy.close();
    await redis.stop();
  });

  const askForAll = (): Promise<Response>[] => [
    ...[
      '/arena/',
      PAGE,
      `${PAGE}/failed`,
      `${PAGE}/failed.json`,
      `${PAGE}/${id}`,
      `${PAGE}/${id}?json=true`,
    ].map((path) => monitor.fetch(path)),
    monitor.send('PUT', `${API}/pause`),
    monitor.send('PATCH', `${API}/job/${id}`),
    monitor.send('POST', `${API}/job/bulk`, { jobs: [id] }),
  ];
  const requireUnavailable = async (asked: Promise<Response>[]): Promise<void> => {
    for (const answer of await Promise.all(asked)) {
      const text = await answer.text();
      // The overview of Arena needs Redis for nothing but the names of the queues, which are remembered.
      const isList = new URL(answer.url).pathname === '/arena/';
      expect(answer.status, `${answer.url} ${text.slice(0, 300)}`).to.be.oneOf(isList ? [200, 503] : [503]);
      expect(text).not.to.match(/\bat .*:\d+:\d+|127\.0\.0\.1:\d+|ECONN/);
    }
  };
  const requireRecovered = async (): Promise<void> => {
    await until(async () => (await monitor.fetch(PAGE)).status === 200, 'the page is back');
    expect((await monitor.fetch(`${PAGE}/${id}?json=true`)).status).to.equal(200);
  };

  it('answers 503 without a stack when it was killed, and recovers', async () => {
    await redis.kill();
    await requireUnavailable(askForAll());

    await redis.restart();

    await requireRecovered();
  });

  it('answers 503 when connections break while pages are made, and recovers', async () => {
    proxy.hang(true);
    const asked = askForAll();
    proxy.refuse(true);
    proxy.cut();
    proxy.hang(false);
    await requireUnavailable(asked);

    proxy.refuse(false);

    await requireRecovered();
  });

  it('answers 503 in time when Redis hangs, and recovers', async () => {
    proxy.hang(true);
    await requireUnavailable(askForAll());

    proxy.hang(false);

    await requireRecovered();
  });

  it('breaks a dump off that was begun, so that nobody takes it for whole', async () => {
    await monitor.jobsIn('waiting', 500);
    const { inspector } = monitor;
    const { jobs } = inspector;
    let reads = 0;
    inspector.jobs = async function (...given) {
      if (++reads === 3) {
        await redis.kill();
      }
      return Reflect.apply(jobs, this, given);
    };

    const response = await monitor.fetch(`${PAGE}/waiting.json`);
    const outcome = await response.text().then(
      () => 'whole',
      () => 'broken off',
    );

    expect([response.status, outcome]).to.deep.equal([200, 'broken off']);
  });
});

function openTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
