import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { openBullMq, type SpecBullMq } from '../support/bull.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('apiary import --from bullmq', () => {
  let rig: SpecWorkers;
  let theirs: SpecBullMq;

  beforeEach(() => {
    rig = openWorkers();
    theirs = openBullMq(rig.queue);
  });

  afterEach(async () => {
    await theirs.close();
    await rig.close();
  });

  const carry = (...words: string[]) => apiary(['import', rig.queue, '--from', 'bullmq', '--yes', ...words]);
  const counts = () => rig.queries().counts();

  /** All kinds of jobs: two that failed, three that wait, three with a priority, one delayed, and a schedule. */
  async function fill(): Promise<void> {
    const { queue } = theirs;
    await theirs.fail('job', 'job');
    await queue.addBulk(['a', 'b', 'c'].map((data) => ({ name: 'job', data })));
    for (const priority of [7, 2, 7]) await queue.add('job', `p${priority}`, { priority });
    await queue.add('job', 'later', { delay: 600_000, jobId: 'order-17' });
    await queue.upsertJobScheduler(
      'each-second',
      { pattern: '* * * * * *', tz: 'UTC' },
      { name: 'job', data: 'tick' },
    );
  }

  /** Runs what there is to the end, one job at a time; resolves with the data of what ran, in order. */
  async function run(isDone: (ran: unknown[]) => boolean | Promise<boolean>): Promise<unknown[]> {
    const ran: unknown[] = [];
    const worker = rig.worker({ concurrency: 1, handlers: [rig.handler((data) => void ran.push(data))] });
    await worker.start();
    await until(() => isDone(ran), 'all has run');
    await worker.stop();
    return ran;
  }

  it('carries over every kind of job and schedule, which run to the end in their order', async () => {
    await fill();

    const { code, out } = await carry();

    expect(code).to.equal(0);
    // A tick of theirs that was due meanwhile is a job like others.
    const ticks = out.startsWith('10 of 10') ? 1 : 0;
    expect(out.split('\n')[0]).to.equal(
      `${9 + ticks} of ${9 + ticks} jobs were stored; likewise 1 of 1 schedule`,
    );
    const rest = { active: 0, delayed: 1, succeeded: 0, failed: 2 };
    expect(await counts()).to.deep.equal({ waiting: 6 + ticks, ...rest });
    await apiary(['promote', rig.queue, 'order-17']);
    await apiary(['retry', rig.queue, '--state', 'failed', '--yes']);
    const ran = await run(
      (data) => data.filter((one) => one !== 'tick').length >= 9 && data.includes('tick'),
    );
    const jobs = ran.filter((data) => data !== 'tick');
    expect(jobs.slice(0, 6)).to.deep.equal(['a', 'b', 'c', 'p2', 'p7', 'p7']);
    expect(jobs).to.have.members(['a', 'b', 'c', 'p2', 'p7', 'p7', 'later', 'job', 'job']);
    // The schedule may have fired once more before the worker stopped.
    expect(await counts()).to.include({ active: 0, delayed: 0, failed: 0 });
  });

  it('leaves theirs as it was', async () => {
    await fill();
    const look = async () => {
      const keys = (await theirs.client.keys(`bull:${rig.queue}:*`)).sort();
      return Promise.all(keys.map(async (key) => [key, await theirs.client.dumpBuffer(key)]));
    };
    const before = await look();

    await carry();

    expect(await look()).to.deep.equal(before);
  });

  it('doubles nothing when run twice, also when the jobs have run meanwhile', async () => {
    await fill();
    await carry();
    const second = await carry();
    expect(second.out).to.match(/^0 of 9 jobs were stored; 9 were there already; likewise 0 of 1 schedule\n/);
    await apiary(['schedules', 'pause', rig.queue, 'each-second']);
    await run(async () => (await counts()).waiting === 0);

    expect((await carry()).out).to.match(/^0 of 9 jobs/);
    expect(await counts()).to.include({ waiting: 0, delayed: 1, failed: 2 });
  });

  it('counts with --dry-run, and stores nothing', async () => {
    await fill();

    const { code, out } = await carry('--dry-run');

    expect(code).to.equal(0);
    expect(out).to.match(/^9 of 9 jobs would be stored or are there already; likewise 1 of 1 schedule\n/);
    expect(out).to.match(/^not needed: 1, "repeat:each-second:\d+": it is the next job of a schedule/m);
    expect(out).to.match(/^changed: 3, "bull-\d+", "bull-\d+", "bull-\d+": each has a priority/m);
    expect(await rig.client.keys(`bq:${rig.queue}:*`)).to.deep.equal([]);
  });

  it('says what each job is in words of ours', async () => {
    const { queue } = theirs;
    const options = {
      attempts: 5,
      backoff: { type: 'exponential', delay: 200, jitter: 0.3 },
      removeOnComplete: true,
    };
    await queue.add(
      'send',
      { to: 'ada' },
      { ...options, jobId: 'order-17', deduplication: { id: 'user 7' } },
    );
    await queue.add('send', {}, { backoff: { type: 'mine' }, deduplication: { id: 'k', ttl: 60_000 } });
    const at = Date.now() + 600_000;
    await queue.add('send', null, { delay: 600_000 });

    await carry();

    const jobs = queueKeys('bq', rig.queue, false).jobs;
    const records = await rig.client.hgetall(jobs);
    const [order, second, third] = ['order-17', 'bull-2', 'bull-3'].map((id) =>
      JSON.parse(records[id] ?? '{}'),
    );
    expect(order.data).to.deep.equal({ to: 'ada' });
    expect(order.options).to.deep.include({ type: 'send', retries: 4, timeout: 0, addedBy: 'bullmq' });
    expect(order.options.backoff).to.include({ strategy: 'exponential', delay: 200, jitter: 0.3 });
    expect(order.options.unique).to.deep.equal({ key: 'user 7' });
    expect(second.options.backoff.strategy).to.equal('mine');
    expect(second.options.unique).to.deep.equal({ key: 'k', ttl: 60_000, release: 'ttl' });
    expect(second.options.retries).to.equal(0);
    expect(third.data).to.equal(null);
    expect(third.options.delay).to.be.within(at - 1, at + 60_000);
    expect((await apiary(['job', rig.queue, 'order-17'])).out).to.match(/^timeout +none$/m);
    const again = { type: 'send', queue: rig.queue, data: 1, options: { unique: { key: 'user 7' } } };
    expect(await rig.producer.addRaw(again)).to.include({ id: 'order-17', created: false });
  });

  it('keeps what made a job fail', async () => {
    await theirs.fail('job');

    await carry();

    const job = (await apiaryJson(['job', rig.queue, 'bull-1'])) as Record<string, unknown>;
    expect(job).to.include({ state: 'failed', type: 'job' });
    expect(job['attempts']).to.equal(2);
    expect(JSON.stringify(job['lastError'] ?? job['errors'])).to.contain('no such card');
  });

  it('names what it leaves out, with why', async () => {
    const { FlowProducer } = await import('bullmq');
    const flows = new FlowProducer({ connection: theirs.client as never });
    await flows.add({
      name: 'parent',
      queueName: rig.queue,
      children: [{ name: 'child', queueName: rig.queue, data: 1 }],
    });
    await flows.close();
    await theirs.queue.add('send mail', 1);
    const endDate = new Date('2090-01-31T03:00:00Z');
    await theirs.queue.upsertJobScheduler(
      'ends',
      { pattern: '0 3 * * *', limit: 5, endDate },
      { name: 'job' },
    );
    await theirs.queue.upsertJobScheduler('last-day', { pattern: '0 3 L * *' }, { name: 'job' });
    await theirs.queue.upsertJobScheduler(
      'nightly report',
      { pattern: '0 3 * * *', tz: 'Europe/Berlin' },
      { name: 'job' },
    );

    const { code, out } = await carry('--json');

    expect(code).to.equal(1);
    const { left, schedules, read } = JSON.parse(out);
    const counted = Object.fromEntries(left.map(({ why, count }: Record<string, unknown>) => [why, count]));
    expect(counted).to.include({ flow: 2, type: 1 });
    expect(read).to.equal(0);
    const named = await carry('--types', '{"send mail":"mail.send"}');
    expect(named.out).to.match(/^1 of 1 jobs were stored/);
    expect(schedules.stored).to.equal(3);
    const found = (await apiaryJson(['schedules', 'list', rig.queue])) as { schedules: { name: string }[] };
    const [schedule] = found.schedules.filter(({ name }) => name.startsWith('nightly-report-'));
    expect(schedule).to.include({ cron: '0 3 * * *', timeZone: 'Europe/Berlin' });
    const ending = found.schedules.find(({ name }) => name === 'ends');
    expect(ending).to.include({ limit: 5, fired: 0, endsAt: endDate.getTime() });
  });

  it('leaves what a worker runs, and takes what a dead one has left', async () => {
    await theirs.queue.add('job', 'held');
    await theirs.queue.add('job', 'left');
    const key = (name: string) => `bull:${rig.queue}:${name}`;
    for (const _ of [1, 2]) await theirs.client.rpoplpush(key('wait'), key('active'));
    await theirs.client.set(key('1:lock'), 'token');

    const { code, out } = await carry();

    expect(code).to.equal(1);
    expect(out).to.match(/^left out: 1, "1": it is held by a worker/m);
    expect(await rig.waiting()).to.deep.equal(['left']);
  });

  it('carries over the limits of a queue, and what waits while it is paused', async () => {
    await theirs.queue.setGlobalConcurrency(3);
    await theirs.queue.setGlobalRateLimit(10, 1_000);
    await theirs.queue.pause();
    await theirs.queue.add('job', 1);
    await theirs.client.lpush(`bull:${rig.queue}:paused`, await older(2));

    await carry();

    const { limits } = (await apiaryJson(['limits', rig.queue])) as { limits: unknown };
    expect(limits).to.deep.equal({ concurrency: 3, rate: { count: 10, perMs: 1_000 } });
    expect(await rig.waiting()).to.have.members([1, 2]);
  });

  /** A job as versions before 6 store one while the queue is paused. */
  async function older(data: unknown): Promise<string> {
    const key = `bull:${rig.queue}:77`;
    await theirs.client.hset(key, {
      name: 'job',
      data: JSON.stringify(data),
      opts: '{"attempts":3}',
      timestamp: 1,
    });
    return '77';
  }

  it('finds the schedules of older versions, and what their jobs are like', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const tick = Date.now() + 600_000;
    const put = async (rule: string, next: string, hash?: Record<string, string>) => {
      const job = { name: 'job', data: '"old"', opts: '{"attempts":3,"repeat":{}}', timestamp: '1' };
      await theirs.client.zadd(`bull:${rig.queue}:repeat`, tick, rule);
      if (hash) await theirs.client.hset(`bull:${rig.queue}:repeat:${rule}`, hash);
      await theirs.client.hset(`bull:${rig.queue}:repeat:${next}:${tick}`, job);
      await theirs.client.zadd(`bull:${rig.queue}:delayed`, tick * 4_096, `repeat:${next}:${tick}`);
    };
    const third = 'job:mine::Europe/Berlin:0 3 * * *';
    await theirs.queue.add('job', 1);
    await put(third, md5(`jobmine${md5(third)}`));
    await put('job::::60000', md5(`job${md5('job::::60000')}`));
    const fifth = md5('job::::0 4 * * *');
    await put(fifth, fifth, { name: 'job', pattern: '0 4 * * *', tz: 'UTC' });

    const { code, out } = await carry();

    expect([code, out.split('\n')[0]]).to.deep.equal([
      0,
      '1 of 1 jobs were stored; likewise 3 of 3 schedules',
    ]);
    const { schedules } = (await apiaryJson(['schedules', 'list', rig.queue])) as {
      schedules: Record<string, unknown>[];
    };
    const facts = schedules.map(({ cron, timeZone, everyMs, data }) => [cron, timeZone, everyMs, data]);
    expect(facts).to.have.deep.members([
      ['0 3 * * *', 'Europe/Berlin', null, 'old'],
      [null, null, 60_000, 'old'],
      ['0 4 * * *', 'UTC', null, 'old'],
    ]);
  });

  it('takes all queues of a prefix, or sends them into one', async () => {
    await theirs.queue.add('job', 1);

    const { out } = await apiary(['import', '--from', 'bullmq', '--yes', '--json', '--dry-run']);
    const one = await carry('--queue', `${rig.queue}-2`);

    expect(JSON.parse(out).queues).to.contain(rig.queue);
    expect(one.out).to.match(/^1 of 1 jobs/);
    expect(await rig.queries(`${rig.queue}-2`).counts()).to.include({ waiting: 1 });
  });

  it('keeps apart what two queues have counted alike, also when run twice', async () => {
    const second = openBullMq(`${rig.queue}-b`);
    try {
      await theirs.queue.add('job', 'first');
      await second.queue.add('job', 'second');
      const both = async () => {
        const words = ['--from', 'bullmq', '--yes', '--queue', `${rig.queue}-c`];
        return [
          await apiary(['import', rig.queue, ...words]),
          await apiary(['import', `${rig.queue}-b`, ...words]),
        ].map(({ out }) => out);
      };

      expect(await both()).to.deep.equal(Array(2).fill('1 of 1 jobs were stored\n'));
      expect(await both()).to.deep.equal(Array(2).fill('0 of 1 jobs were stored; 1 were there already\n'));
      expect(await rig.queries(`${rig.queue}-c`).counts()).to.include({ waiting: 2 });
    } finally {
      await second.close();
    }
  });

  it('takes a queue for the same one, whichever of the two libraries is named', async () => {
    await theirs.queue.add('job', 1);
    await carry();

    const { out } = await apiary(['import', rig.queue, '--from', 'bull', '--yes']);

    expect(out).to.equal('0 of 1 jobs were stored; 1 were there already\n');
  });

  it('names a job whose id another job has here', async () => {
    await rig.producer.addRaw({ type: 'job', queue: rig.queue, data: 'ours', options: { id: 'order-17' } });
    await theirs.queue.add('job', 'theirs', { jobId: 'order-17' });

    const { code, out } = await carry();

    expect(code).to.equal(1);
    expect(out).to.match(/^left out: 1, "order-17": it has an id that another job has here$/m);
    expect(await rig.waiting()).to.deep.equal(['ours']);
  });

  it('passes over a queue whose name can be none here, where all are taken', async () => {
    await theirs.client.set(`${rig.queue}:a b:id`, 1);
    await theirs.client.set(`${rig.queue}:ab:id`, 1);
    await theirs.client.hset(`${rig.queue}:ab:1`, { name: 'job', data: '1', opts: '{}', timestamp: '1' });
    await theirs.client.lpush(`${rig.queue}:ab:wait`, 1);
    const words = ['import', '--from', 'bullmq', '--from-prefix', rig.queue, '--yes'];

    const { code, out } = await apiary(words);
    await apiary(['remove', 'ab', '--state', 'waiting', '--yes']);

    expect([code, out.split('\n')[0]]).to.deep.equal([1, '1 of 1 jobs were stored']);
    expect(out).to.contain('left out: 1, "a b": it is a queue whose name can be none here');
    expect((await apiary(['import', 'a b', ...words.slice(1)])).code).to.equal(2);
  });

  it('refuses what it cannot begin', async () => {
    const words = ['import', rig.queue, '--from', 'bullmq'];
    await theirs.queue.add('job', 1);
    const bad = async (...more: string[]) => (await apiary([...words, '--yes', ...more])).code;

    expect((await apiary(words)).code).to.equal(2);
    expect((await apiary(words, { answer: 'n' })).code).to.equal(1);
    expect(await bad('--types', '[]')).to.equal(2);
    expect(await bad('--types', '{"a":"b c"}')).to.equal(2);
    expect(await bad('--types', '{"a":{"b":1}}')).to.equal(2);
    expect(await bad('--from-redis', 'http://x')).to.equal(2);
    expect(await bad('--from-redis', 'redis://127.0.0.1:1')).to.equal(69);
    expect(await bad('--from-prefix', 'other')).to.equal(3);
    expect((await apiary(['import', '--from', 'bull', '--from-prefix', 'other', '--yes'])).code).to.equal(3);
    expect(await bad('--queue', 'a b')).to.equal(2);
    expect((await apiary(['import', 'none', '--from', 'bullmq', '--yes'])).code).to.equal(3);
    expect((await apiary(['import', 'none', '--from', 'celery', '--yes'])).code).to.equal(2);
  });
});
