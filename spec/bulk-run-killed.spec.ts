import { expect } from 'chai';
import { type BulkRunInfo, Inspector } from '../lib/inspector/inspector.ts';
import { Producer } from '../lib/jobs/producer.ts';
import { closeClient, type RedisClient } from '../lib/redis/connect.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { startProxy, type TcpProxy } from './support/proxy.ts';
import { openRequests, type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const MANY = 30_000;

describe('a run that changes many jobs', () => {
  let redis: SpecRedis;
  let client: RedisClient;
  let inspector: Inspector;
  let processes: ApiaryProcess[];
  let proxy: TcpProxy;
  let queue: string;

  beforeEach(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.port);
    client = openRequests(redis.url);
    inspector = new Inspector({ client });
    processes = [];
    queue = testQueueName();
  });
  afterEach(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await closeClient(client);
    await proxy.close();
    await redis.stop();
  });

  const startMonitor = async (url = redis.url): Promise<ApiaryProcess> => {
    const env = { MONITOR_PORT: '0', REDIS_URL: url, LOG_FORMAT: 'json' };
    const monitor = await startApiary(['--monitor'], env);
    processes.push(monitor);
    return monitor;
  };
  const info = async (): Promise<BulkRunInfo> => {
    const run = await inspector.bulkRuns.get('one');
    return run ?? expect.fail('there is no run');
  };

  it('is gone on with by another monitor when its own is killed in the middle, and misses no job', async () => {
    const producer = new Producer({ client });
    const job = { type: 't', queue, data: {}, options: { delayMs: 3_600_000 } };
    for (let added = 0; added < MANY; added += 5_000)
      await Promise.all(Array.from({ length: 5_000 }, () => producer.addRaw(job)));
    await producer.close();
    await inspector.bulkRuns.start('one', { operation: 'promote', queue, state: 'delayed' }, 'ada');

    // It gets no further than this process lets it: else it could be done before anybody sees that it has begun.
    proxy.delayMs.toClient = 1;
    const first = await startMonitor(`redis://127.0.0.1:${proxy.port}`);
    await until(async () => (await info()).done > 0, 'the first has done some of it');
    proxy.hang(true);
    first.kill('SIGKILL');
    await first.exit;
    await proxy.close();
    const left = await info();
    expect(left.status).to.equal('running');
    expect(left.done).to.be.below(MANY);
    await startMonitor();
    await until(async () => (await info()).endedAt !== null, 'the second has done the rest', 90_000);

    expect((await inspector.queue(queue)).counts).to.include({ delayed: 0, waiting: MANY });
    expect((await info()).status).to.equal('done');
    const ends = (await inspector.audit.list()).entries.filter(({ action }) => action === 'end run');
    expect(ends).to.have.length(1);
  });
}).timeout(300_000);
