import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { createMetrics, type Metrics } from '../../../lib/server/metrics/metrics.ts';
import { recordingLog, silentLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { startRedis } from '../../support/redis.ts';

describe('metrics', () => {
  let monitor: SpecMonitor;
  let metrics: Metrics;

  beforeEach(async () => {
    monitor = await openMonitor();
    metrics = createMetrics({ inspector: monitor.inspector, log: silentLog });
  });

  afterEach(() => monitor.close());

  const own = async (): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith('apiary_'));

  it('counts what happens to jobs by queue and type', async () => {
    metrics.jobAdded('mail', 'a');
    metrics.jobStarted('mail', 'a');
    metrics.jobStarted('mail', 'a');
    metrics.jobRetried('mail', 'a', 10);
    metrics.jobSucceeded('mail', 'a', 20);
    metrics.jobFailed('mail', 'b', 30);
    metrics.jobFenced('mail', 'b');
    metrics.jobsLost('mail', 3);

    expect(await own()).to.include.members([
      'apiary_jobs_added_total{queue="mail",type="a"} 1',
      'apiary_jobs_started_total{queue="mail",type="a"} 2',
      'apiary_jobs_retried_total{queue="mail",type="a"} 1',
      'apiary_jobs_succeeded_total{queue="mail",type="a"} 1',
      'apiary_jobs_failed_total{queue="mail",type="b"} 1',
      'apiary_jobs_fenced_total{queue="mail",type="b"} 1',
      'apiary_jobs_lost_total{queue="mail"} 3',
    ]);
  });

  it('sorts the durations of ended attempts into buckets of seconds', async () => {
    metrics.jobSucceeded('mail', 'a', 20);
    metrics.jobFailed('mail', 'a', 2_000);

    expect(await own()).to.include.members([
      'apiary_job_duration_seconds_bucket{le="0.01",queue="mail",type="a"} 0',
      'apiary_job_duration_seconds_bucket{le="0.025",queue="mail",type="a"} 1',
      'apiary_job_duration_seconds_bucket{le="2.5",queue="mail",type="a"} 2',
      'apiary_job_duration_seconds_sum{queue="mail",type="a"} 2.02',
    ]);
  });

  it('reads the queues from Redis when it is asked', async () => {
    await monitor.jobIn('failed');
    await monitor.jobIn('waiting');
    await monitor.inspector.pause(QUEUE, 'spec');

    const lines = await own();

    expect(lines).to.include.members([
      'apiary_redis_up 1',
      `apiary_queue_jobs{queue="${QUEUE}",state="failed"} 1`,
      `apiary_queue_jobs{queue="${QUEUE}",state="waiting"} 1`,
      `apiary_queue_jobs{queue="${QUEUE}",state="active"} 0`,
      `apiary_queue_paused{queue="${QUEUE}"} 1`,
      `apiary_queue_grouped_jobs{queue="${QUEUE}"} 0`,
    ]);
    expect(lines.some((line) => line.startsWith('apiary_queue_latency_seconds{'))).to.equal(true);
  });

  it('tells the metrics of Node and the process without a prefix', async () => {
    expect(await metrics.text())
      .to.match(/^process_cpu_seconds_total /m)
      .and.match(/^nodejs_version_info/m);
  });

  it('counts further pairs together once there are a thousand', async () => {
    for (let at = 0; at < 1_005; at++) metrics.jobAdded('mail', `type-${at}`);

    const added = (await own()).filter((line) => line.startsWith('apiary_jobs_added_total'));

    expect(added).to.have.lengthOf(1_001);
    expect(added).to.include('apiary_jobs_added_total{queue="other",type="other"} 5');
  });

  it('still answers while Redis is away, and says that it is', async () => {
    const redis = await startRedis();
    const client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    const { log, records } = recordingLog();
    const inspector = new Inspector({ client, knownQueues: [QUEUE] });
    metrics = createMetrics({ inspector, log });
    try {
      expect(await own()).to.include('apiary_redis_up 1');
      await redis.kill();

      const lines = await own();

      expect(lines).to.include('apiary_redis_up 0');
      expect(lines.filter((line) => line.startsWith('apiary_queue_'))).to.deep.equal([]);
      expect(records.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
        'warn metrics go without the queues',
      ]);
    } finally {
      await closeClient(client);
      await redis.stop();
    }
  });

  it('are those that the docs list', async () => {
    metrics.jobAdded('mail', 'a');
    const told = [...(await metrics.text()).matchAll(/^# TYPE (apiary_\w+)/gm)].map(([, name]) => name);
    const docs = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const listed = [...docs.matchAll(/^\| `(apiary_\w+)` \|/gm)].map(([, name]) => name);

    expect(listed.sort()).to.deep.equal(told.sort());
  });
});
