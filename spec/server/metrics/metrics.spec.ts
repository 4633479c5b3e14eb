import { expect } from 'chai';
import { announce } from '../../../lib/engine/queries/presence.ts';
import { Inspector, type WorkerInfo } from '../../../lib/inspector/inspector.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { createMetrics, type Metrics } from '../../../lib/server/metrics/metrics.ts';
import { recordingLog, silentLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { readPage } from '../../support/pages.ts';
import { startRedis } from '../../support/redis.ts';

/** What cannot be told without Redis. */
const READ_FROM_REDIS = /^apiary_(queue|live|recommended|redis)_/;

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

  const A = { queue: 'mail', type: 'a' };
  const B = { queue: 'mail', type: 'b' };

  it('counts the pairs that are known from the start, at zero', async () => {
    metrics = createMetrics({ inspector: monitor.inspector, log: silentLog, known: [A] });

    expect(await own()).to.include('apiary_jobs_failed_total{queue="mail",type="a"} 0');
  });

  it('counts what happens to jobs by queue and type', async () => {
    metrics.jobAdded(A);
    metrics.jobStarted({ ...A, waitedMs: 1 });
    metrics.jobStarted({ ...A, waitedMs: null });
    metrics.jobRetried({ ...A, durationMs: 10 });
    metrics.jobSucceeded({ ...A, durationMs: 20, totalMs: 30 });
    metrics.jobFailed({ ...B, durationMs: 30, totalMs: 40 });
    metrics.jobSnoozed(B);
    metrics.jobInterrupted(B);
    metrics.jobFenced(B);
    metrics.jobsLost('mail', 3);

    expect(await own()).to.include.members([
      'apiary_jobs_added_total{queue="mail",type="a"} 1',
      'apiary_jobs_added_total{queue="mail",type="b"} 0',
      'apiary_jobs_started_total{queue="mail",type="a"} 2',
      'apiary_jobs_retried_total{queue="mail",type="a"} 1',
      'apiary_jobs_succeeded_total{queue="mail",type="a"} 1',
      'apiary_jobs_failed_total{queue="mail",type="a"} 0',
      'apiary_jobs_failed_total{queue="mail",type="b"} 1',
      'apiary_jobs_snoozed_total{queue="mail",type="b"} 1',
      'apiary_jobs_interrupted_total{queue="mail",type="b"} 1',
      'apiary_jobs_fenced_total{queue="mail",type="b"} 1',
      'apiary_jobs_lost_total{queue="mail"} 3',
    ]);
  });

  it('sorts the durations of ended attempts into buckets of seconds', async () => {
    metrics.jobSucceeded({ ...A, durationMs: 20, totalMs: 40 });
    metrics.jobFailed({ ...A, durationMs: 2_000, totalMs: null });
    metrics.jobRetried({ ...A, durationMs: 1 });

    expect(await own()).to.include.members([
      'apiary_job_duration_seconds_bucket{le="0.005",queue="mail",type="a"} 1',
      'apiary_job_duration_seconds_bucket{le="0.025",queue="mail",type="a"} 2',
      'apiary_job_duration_seconds_bucket{le="2.5",queue="mail",type="a"} 3',
      'apiary_job_duration_seconds_bucket{le="+Inf",queue="mail",type="a"} 3',
      'apiary_job_duration_seconds_sum{queue="mail",type="a"} 2.021',
      'apiary_job_duration_seconds_count{queue="mail",type="a"} 3',
    ]);
  });

  it('sorts waits and whole times likewise, as far as they are known', async () => {
    metrics.jobStarted({ ...A, waitedMs: 7_200_000 });
    metrics.jobStarted({ ...A, waitedMs: null });
    metrics.jobSucceeded({ ...A, durationMs: 20, totalMs: 40 });
    metrics.jobFailed({ ...A, durationMs: 2_000, totalMs: null });

    expect(await own()).to.include.members([
      'apiary_job_waiting_seconds_bucket{le="3600",queue="mail",type="a"} 0',
      'apiary_job_waiting_seconds_bucket{le="21600",queue="mail",type="a"} 1',
      'apiary_job_waiting_seconds_count{queue="mail",type="a"} 1',
      'apiary_job_total_seconds_sum{queue="mail",type="a"} 0.04',
      'apiary_job_total_seconds_count{queue="mail",type="a"} 1',
    ]);
  });

  it('tells of the worker of this process where there is one', async () => {
    const named = (lines: string[]): string[] => lines.filter((line) => line.startsWith('apiary_worker_'));
    const before = named(await own());
    let running = 0;
    metrics.watchWorker({
      slots: 8,
      get running() {
        return running;
      },
      status: 'running',
    });
    metrics.dutyFailed('beat');
    metrics.dutyFailed('beat');
    running = 3;

    expect(before).to.deep.equal([]);
    expect(named(await own())).to.have.members([
      'apiary_worker_slots 8',
      'apiary_worker_running_jobs 3',
      'apiary_worker_taking 1',
      'apiary_worker_duty_failures_total{duty="beat"} 2',
    ]);
  });

  it('tells of the live workers, of all processes', async () => {
    const id = await monitor.jobIn('waiting');
    await announce({ client: monitor.client, prefix: monitor.prefix }, speaking(id));

    expect(await own()).to.include.members([
      'apiary_live_workers{status="running"} 1',
      'apiary_live_workers{status="quiet"} 0',
      'apiary_live_worker_slots{status="running"} 4',
      'apiary_live_worker_busy_slots{status="running"} 1',
      `apiary_queue_workers{queue="${QUEUE}"} 1`,
      `apiary_queue_busy_slots{queue="${QUEUE}"} 1`,
      `apiary_queue_stuck_handlers{queue="${QUEUE}"} 1`,
    ]);
  });

  it('tells of Redis', async () => {
    const lines = await own();
    const told = (name: string): number =>
      Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);

    expect(told('apiary_redis_memory_used_bytes')).to.be.above(0);
    expect(told('apiary_redis_connected_clients')).to.be.above(0);
    expect(told('apiary_redis_ping_seconds')).to.be.above(0);
    expect(lines)
      .to.include('apiary_redis_aof_last_write_ok 1')
      .and.include('apiary_redis_evicted_keys_total 0');
  });

  it('recommends no worker for an idle queue and one for a queue with jobs', async () => {
    const idle = await own();
    await monitor.jobIn('waiting');

    expect(idle).to.include(`apiary_recommended_workers{queue="${QUEUE}"} 0`);
    expect(await own()).to.include(`apiary_recommended_workers{queue="${QUEUE}"} 1`);
  });

  it('recommends a worker for a queue that only a schedule adds to, unless it is paused', async () => {
    const definition = { type: 'a', queue: QUEUE, name: 'hourly', cron: '@hourly', data: null };
    await monitor.producer.schedules.putRaw(definition);
    const scheduled = await own();
    await monitor.inspector.schedules.pause(QUEUE, 'hourly', 'spec');

    expect(scheduled).to.include(`apiary_recommended_workers{queue="${QUEUE}"} 1`);
    expect(await own()).to.include(`apiary_recommended_workers{queue="${QUEUE}"} 0`);
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
      `apiary_jobs_lost_total{queue="${QUEUE}"} 0`,
    ]);
    expect(lines.some((line) => line.startsWith('apiary_queue_latency_seconds{'))).to.equal(true);
  });

  it('tells the metrics of Node and the process without a prefix', async () => {
    expect(await metrics.text())
      .to.match(/^process_cpu_seconds_total /m)
      .and.match(/^nodejs_version_info/m);
  });

  it('counts further pairs together once there are a thousand', async () => {
    for (let at = 0; at < 1_005; at++) metrics.jobAdded({ queue: 'mail', type: `type-${at}` });

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
      expect(lines.filter((line) => READ_FROM_REDIS.test(line))).to.deep.equal(['apiary_redis_up 0']);
      expect(records.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
        'warn metrics go without the queues',
      ]);
    } finally {
      await closeClient(client);
      await redis.stop();
    }
  });

  it('goes without what a Redis does not let it read', async () => {
    const redis = await startRedis();
    const admin = connect(parseRedisUrl(redis.url), 'requests', { log: silentLog });
    await admin.acl('SETUSER', 'guest', 'on', '>secret', '~*', '&*', '+@all', '-info');
    const url = redis.url.replace('redis://', 'redis://guest:secret@');
    const client = connect(parseRedisUrl(url), 'requests', { log: silentLog });
    const inspector = new Inspector({ client, knownQueues: [QUEUE] });
    metrics = createMetrics({ inspector, log: silentLog });
    try {
      const lines = await own();

      expect(lines).to.include('apiary_redis_up 1').and.include(`apiary_queue_workers{queue="${QUEUE}"} 0`);
      expect(lines.join('\n')).to.not.match(/^apiary_redis_(memory|connected|evicted|aof)/m);
    } finally {
      await Promise.all([closeClient(client), closeClient(admin)]);
      await redis.stop();
    }
  });

  it('are those that the docs list, of the type that these say', async () => {
    const told = [...(await metrics.text()).matchAll(/^# TYPE (apiary_\w+ \w+)/gm)].map(([, one]) => one);
    const listed = [...readPage('docs/metrics.md').matchAll(/^\| `(apiary_\w+)` \| (\w+) \|/gm)];

    expect(listed.map(([, name, type]) => `${name} ${type}`)).to.have.members(told);
  });

  it('have the labels that the docs say', async () => {
    metrics.jobStarted({ ...A, waitedMs: 1 });
    metrics.jobSucceeded({ ...A, durationMs: 20, totalMs: 30 });
    metrics.jobsLost('mail', 1);
    metrics.dutyFailed('beat');
    const labels = new Map<string, string[]>();
    for (const line of await own()) {
      const [, name = '', text = ''] = /^(apiary_\w+?)(?:_bucket)?(?:\{(.*)\})? /.exec(line) ?? [];
      const names = [...text.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      labels.set(name, names.filter((label) => label !== 'le').sort());
    }
    const documented = [
      ...readPage('docs/metrics.md').matchAll(/^\| `(apiary_\w+)` \| \w+ \| ([^|]*)\|/gm),
    ].map(([, name = '', cell = '']): [string, string[]] => [
      name,
      [...cell.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    ]);

    expect(documented).to.not.be.empty;
    for (const [name, expected] of documented) {
      if (labels.has(name)) expect(labels.get(name), name).to.deep.equal(expected);
    }
  });
});

/** A worker of the queue that runs this job, whose handler ignores its signal. */
function speaking(id: string): WorkerInfo {
  return {
    id: 'w',
    host: 'h',
    pid: 1,
    version: '1.0.0',
    startedAt: 1,
    queues: [{ name: QUEUE, weight: 1 }],
    strict: false,
    concurrency: 4,
    status: 'running',
    handlers: [],
    runningCount: 1,
    running: [{ queue: QUEUE, id, type: 'email.send', startedAt: 1, stuckSince: 2 }],
  };
}
