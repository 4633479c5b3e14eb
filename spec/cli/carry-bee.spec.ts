import BeeQueue from 'bee-queue';
import { expect } from 'chai';
import { apiary } from '../support/command-line.ts';
import { redisOptions } from '../support/either-queue.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('apiary import --from bee-queue', () => {
  let rig: SpecWorkers;
  let theirs: BeeQueue;

  beforeEach(() => {
    rig = openWorkers();
    theirs = new BeeQueue(rig.queue, {
      redis: redisOptions(),
      prefix: 'old',
      getEvents: false,
      activateDelayedJobs: false,
    });
  });

  afterEach(async () => {
    await theirs.close();
    await rig.close();
  });

  const from = ['--from', 'bee-queue', '--from-prefix', 'old'];
  const carry = (...words: string[]) => apiary(['import', rig.queue, ...from, '--yes', ...words]);
  const counts = () => rig.queries().counts();

  /** One that failed, one that succeeded, three that wait, one delayed, one that a dead worker has left. */
  async function fill(): Promise<void> {
    const worker = new BeeQueue(rig.queue, { redis: redisOptions(), prefix: 'old' });
    for (const data of ['bad', 'good']) await theirs.createJob(data).save();
    worker.process(async ({ data }: { data: unknown }) => {
      if (data === 'bad') throw new Error('no such card');
    });
    const ended = async () => {
      const { failed, succeeded } = await theirs.checkHealth();
      return failed + succeeded === 2;
    };
    await until(ended, 'both have ended');
    await worker.close();
    await theirs.createJob('left').save();
    await rig.client.rpoplpush(`old:${rig.queue}:waiting`, `old:${rig.queue}:active`);
    for (const data of ['a', 'b', 'c']) await theirs.createJob(data).save();
    await theirs
      .createJob('later')
      .setId('order-17')
      .delayUntil(Date.now() + 600_000)
      .save();
  }

  it('carries over every kind of job, which run to the end in their order', async () => {
    await fill();

    const { code, out } = await carry();

    expect([code, out]).to.deep.equal([
      0,
      '6 of 6 jobs were stored\nnot needed: 1: it has succeeded, and history stays where it is\n',
    ]);
    expect(await counts()).to.deep.equal({ waiting: 4, active: 0, delayed: 1, succeeded: 0, failed: 1 });
    await apiary(['promote', rig.queue, 'order-17']);
    await apiary(['retry', rig.queue, '--state', 'failed', '--yes']);
    const ran: unknown[] = [];
    const ours = new (await import('../../lib/index.ts')).Queue(rig.queue, { redis: redisOptions() });
    ours.process(async ({ data }: { data: unknown }) => void ran.push(data));
    await until(() => ran.length === 6, 'all have run');
    await ours.close();
    expect(ran.slice(0, 4)).to.deep.equal(['left', 'a', 'b', 'c']);
    expect(ran).to.have.members(['left', 'a', 'b', 'c', 'later', 'bad']);
  });

  it('doubles nothing when run twice, and stores nothing with --dry-run', async () => {
    await fill();

    const dry = await carry('--dry-run');
    expect(dry.out).to.match(/^6 of 6 jobs would be stored or are there already\n/);
    expect(await rig.client.keys(`bq:${rig.queue}:*`)).to.deep.equal([]);
    await carry();

    expect((await carry()).out).to.match(/^0 of 6 jobs were stored; 6 were there already\n/);
  });

  it('does not carry a queue to where it is', async () => {
    await rig.add(1);

    const { code, err } = await apiary(['import', rig.queue, '--from', 'bee-queue', '--yes']);

    expect(code).to.equal(2);
    expect(err).to.contain('is served here as it is');
    const elsewhere = ['--from-redis', redisUrl().replace('127.0.0.1', 'localhost')];
    const again = await apiary(['import', rig.queue, '--from', 'bee-queue', '--yes', ...elsewhere]);
    expect([again.code, again.err]).to.deep.equal([2, err]);
    const other = await apiary([
      'import',
      rig.queue,
      '--from',
      'bee-queue',
      '--yes',
      '--queue',
      `${rig.queue}-2`,
    ]);
    expect(other.code).to.equal(0);
  });
});
