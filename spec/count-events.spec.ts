import { expect } from 'chai';
import { countEvents } from '../lib/count-events.ts';
import { RetryLater } from '../lib/errors.ts';
import { Inspector } from '../lib/inspector/inspector.ts';
import type { JobContext } from '../lib/jobs/define.ts';
import { createMetrics, type Metrics } from '../lib/server/metrics/metrics.ts';
import { silentLog } from './support/log.ts';
import { until } from './support/wait.ts';
import { openWorkers, type SpecWorkers } from './support/worker.ts';

describe('countEvents', () => {
  let workers: SpecWorkers;
  let metrics: Metrics;

  beforeEach(() => {
    workers = openWorkers();
    const inspector = new Inspector({ client: workers.client });
    metrics = createMetrics({ inspector, log: silentLog, queues: async () => [workers.queue] });
  });

  afterEach(() => workers.close());

  /** The values of this process's counts of the queue, by what follows `apiary_` in their names; those above zero. */
  async function counted(): Promise<Record<string, number>> {
    const lines = (await metrics.text()).matchAll(/^apiary_(jobs?_\w+)\{queue="([^"]+)"[^ ]*\} (\S+)$/gm);
    const own = [...lines].filter(
      ([, name = '', queue]) => queue === workers.queue && !name.endsWith('_sum'),
    );
    const values = own.map(([, name = '', , value]): [string, number] => [name, Number(value)]);
    return Object.fromEntries(values.filter(([name, value]) => value > 0 && !name.endsWith('_bucket')));
  }

  it('counts what a worker runs', async () => {
    let snoozes = 0;
    const run = (data: unknown): unknown => {
      if (data === 'fails') throw new Error('no');
      if (data === 'later' && snoozes++ === 0) throw new RetryLater(1);
      return data;
    };
    const worker = workers.worker({ handlers: [workers.handler(run)] });
    const ended: string[] = [];
    worker.events.on('job:succeeded', ({ id }) => ended.push(id));
    worker.events.on('job:failed', ({ id }) => ended.push(id));
    countEvents(worker, metrics);
    await workers.add('works', 'fails', 'later');

    await worker.start();
    await until(() => ended.length === 3, 'all have ended');

    expect(await counted()).to.deep.equal({
      jobs_started_total: 4,
      jobs_succeeded_total: 2,
      jobs_failed_total: 1,
      jobs_snoozed_total: 1,
      job_waiting_seconds_count: 4,
      job_duration_seconds_count: 3,
      job_total_seconds_count: 3,
    });
  });

  it('counts what a shutdown interrupts, and shows how the worker is', async () => {
    const untilAborted = (_: unknown, { signal }: JobContext): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const worker = workers.worker({ handlers: [workers.handler(untilAborted)], shutdownTimeoutMs: 1 });
    let begun = false;
    worker.events.on('job:started', () => {
      begun = true;
    });
    countEvents(worker, metrics);
    await workers.add('endless');
    await worker.start();
    await until(() => begun, 'the job runs');
    const during = await metrics.text();

    await worker.stop();

    expect(during).to.include('apiary_worker_slots 4\n').and.include('apiary_worker_running_jobs 1\n');
    expect(during).to.include('apiary_worker_taking 1\n');
    expect(await metrics.text()).to.include('apiary_worker_taking 0\n');
    expect(await counted()).to.include({ jobs_started_total: 1, jobs_interrupted_total: 1 });
  });

  it('counts the duties that Redis fails', async () => {
    const worker = workers.worker({ handlers: [] });
    countEvents(worker, metrics);

    worker.events.tell('duty:failed', { queue: null, duty: 'beat', error: new Error('away') });

    expect(await metrics.text()).to.include('apiary_worker_duty_failures_total{duty="beat"} 1\n');
  });
});
