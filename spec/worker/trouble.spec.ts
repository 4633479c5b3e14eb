import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { type LogRecord, recordingLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const FAILED = 'Redis failed a duty of the worker; trying again';

describe('a worker whose Redis refuses its duties', () => {
  let redis: SpecRedis;
  let specs: SpecWorkers;
  let records: LogRecord[];
  let failures: { duty: string; error: Error }[];

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    specs = openWorkers(redis.url);
    records = [];
    failures = [];
  });
  afterEach(async () => {
    await specs.close();
    await redis.stop();
  });

  const start = async (clock: Clock = systemClock) => {
    const recording = recordingLog();
    records = recording.records;
    const worker = specs.worker({ handlers: [specs.handler(() => 1)], log: recording.log, clock });
    worker.events.on('duty:failed', ({ duty, error }) => failures.push({ duty, error }));
    await worker.start();
    return worker;
  };
  const told = () => records.filter(({ message }) => message === FAILED);

  it('tells of a cause once a minute, with its code, however often it comes', async () => {
    await start();
    await specs.client.config('SET', 'maxmemory', '1');
    await specs.client.config('SET', 'maxmemory-policy', 'noeviction');

    await until(() => failures.length >= 12, 'it failed twelve times');

    const duties = new Set(failures.map(({ duty }) => duty));
    const causes = told().map(({ fields }) => [fields['duty'], String(fields['err'])].join());
    expect(causes).to.deep.equal([...new Set(causes)]);
    expect(causes.length).to.be.at.most(duties.size);
    await specs.client.config('SET', 'maxmemory', '0');
  }).timeout(120_000);

  it('waits longer from one refused wait to the next, though the exchanges between are answered', async () => {
    const naps: number[] = [];
    const sleep: Clock['sleep'] = (ms, signal) => {
      naps.push(ms);
      return systemClock.sleep(ms, signal);
    };
    await start({ ...systemClock, random: () => 0, sleep });
    await specs.add(1);
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it waits for the next');

    await specs.client.config('SET', 'maxmemory', '1');
    const refused = (): number => failures.filter(({ duty }) => duty === 'exchange').length;
    await until(() => refused() >= 5, 'the wait was refused five times');

    expect(naps).to.include.members([50, 100, 200, 400]);
    await specs.client.config('SET', 'maxmemory', '0');
  }).timeout(120_000);

  it('tells what was recovered although the look for orphans fails', async () => {
    const { client, queue } = specs;
    const { workers, claims, active, jobs, stalling } = queueKeys('bq', queue, false);
    await client.hset(jobs, 'lost', '{"data":1,"options":{"type":"job"},"status":"created"}');
    await client.lpush(active, 'lost');
    await client.sadd(claims('dead'), 'lost');
    await client.zadd(workers, 1, 'dead');
    await client.set(stalling, 'not a set');
    const recording = recordingLog();
    const worker = specs.worker({ handlers: [specs.handler(() => 1)], log: recording.log });
    const recovered: string[] = [];
    worker.events.on('jobs:recovered', ({ ids }) => recovered.push(...ids));
    worker.events.on('duty:failed', ({ duty, error }) => failures.push({ duty, error }));

    await worker.start();

    await until(() => failures.some(({ duty }) => duty === 'recover'), 'the failure was told');
    await until(() => recovered.includes('lost'), 'it was told');
    await client.del(stalling);
  }).timeout(120_000);

  it('says nothing of connections that it closes itself', async () => {
    const worker = await start();
    await redis.kill();

    await worker.stop();

    const closed = told().filter(({ fields }) => /Connection is closed/.test(String(fields['err'])));
    expect(closed).to.deep.equal([]);
  }).timeout(120_000);
});
