import type Bull from 'bull';
import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openBull } from '../support/bull.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** So that no tick of it comes meanwhile. */
const YEARLY = '0 0 1 1 *';

describe('apiary import --from bull', () => {
  let rig: SpecWorkers;
  let theirs: Bull.Queue;

  beforeEach(() => {
    rig = openWorkers();
    theirs = openBull(rig.queue);
  });

  afterEach(async () => {
    await theirs.close();
    await rig.close();
  });

  const carry = (...words: string[]) =>
    apiary(['import', rig.queue, '--from', 'bull', '--types', '{"__default__":"job"}', '--yes', ...words]);
  const counts = () => rig.queries().counts();

  /** Two that fail, three that wait, two with a priority, one delayed, and a schedule of each kind. */
  async function fill(): Promise<void> {
    const failing = openBull(rig.queue);
    for (const name of ['f1', 'f2']) await theirs.add('job', name, { attempts: 1 });
    void failing.process('job', async () => {
      throw new Error('no such card');
    });
    await until(async () => (await theirs.getFailedCount()) === 2, 'they have failed');
    await failing.close();
    for (const data of [1, 2, 3]) await theirs.add(data);
    for (const priority of [7, 2]) await theirs.add('job', `p${priority}`, { priority });
    await theirs.add('job', 'later', { delay: 600_000, jobId: 'order-17', timeout: 5_000 });
    await theirs.add('job', 'tick', { repeat: { cron: YEARLY, tz: 'UTC' } });
    await theirs.add('job', 'hourly', { repeat: { every: 3_600_000 }, jobId: 'each hour' });
  }

  it('carries over every kind of job and schedule, which run to the end', async () => {
    await fill();

    const { code, out } = await carry();

    expect([code, out.split('\n')[0]]).to.deep.equal([
      0,
      '8 of 8 jobs were stored; likewise 2 of 2 schedules',
    ]);
    expect(await counts()).to.deep.equal({ waiting: 5, active: 0, delayed: 1, succeeded: 0, failed: 2 });
    const order = JSON.parse(
      (await rig.client.hget(queueKeys('bq', rig.queue, false).jobs, 'order-17')) ?? '{}',
    );
    expect(order.options).to.include({ timeout: 5_000, type: 'job', retries: 0 });
    await apiary(['promote', rig.queue, 'order-17']);
    await apiary(['retry', rig.queue, '--state', 'failed', '--yes']);
    const ran: unknown[] = [];
    const worker = rig.worker({ concurrency: 1, handlers: [rig.handler((data) => void ran.push(data))] });
    await worker.start();
    const schedules = await new Inspector({ client: rig.client }).schedules.list(rig.queue);
    for (const { name } of schedules) await apiary(['schedules', 'fire', rig.queue, name]);
    const all = [1, 2, 3, 'p2', 'p7', 'later', 'f1', 'f2', 'tick', 'hourly'];
    await until(async () => (await counts()).succeeded === all.length, 'all has run');
    await worker.stop();
    expect(ran).to.have.members(all);
    expect(await counts()).to.include({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  it('finds the data of a schedule in its next job, and doubles nothing when run twice', async () => {
    await fill();

    await carry();
    const second = await carry();

    expect(second.out).to.match(
      /^0 of 8 jobs were stored; 8 were there already; likewise 0 of 2 schedules\n/,
    );
    const { schedules } = (await apiaryJson(['schedules', 'list', rig.queue])) as {
      schedules: Record<string, unknown>[];
    };
    const facts = schedules.map(({ type, cron, everyMs, data }) => [type, cron, everyMs, data]);
    expect(facts).to.have.deep.members([
      ['job', YEARLY, null, 'tick'],
      ['job', null, 3_600_000, 'hourly'],
    ]);
    expect(schedules.map(({ name }) => name).sort()[0]).to.match(/^each-hour-[\da-f]{8}$/);
  });

  it('takes what waits while the queue is paused', async () => {
    await theirs.pause();
    await theirs.add('job', 1);

    await carry();

    expect(await rig.waiting()).to.deep.equal([1]);
  });

  it('gives jobs without a name the type of the queue', async () => {
    await theirs.add(1);

    await apiary(['import', rig.queue, '--from', 'bull', '--yes']);

    expect(await apiaryJson(['job', rig.queue, 'bull-1'])).to.include({ type: rig.queue });
  });
});
