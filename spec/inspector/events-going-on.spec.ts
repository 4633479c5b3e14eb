import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { DiscardJob, RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { startCluster } from '../support/cluster.ts';
import { openEngine } from '../support/engine.ts';
import { hear } from '../support/events.ts';
import { silentLog } from '../support/log.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers } from '../support/worker.ts';

describe('inspector.events, over time', () => {
  it('goes on where it was when Redis comes back, and misses nothing that the log has', async () => {
    const redis = await startRedis();
    const engine = openEngine(redis.url);
    const inspector = new Inspector({ client: engine.client });
    const queue = engine.keys.jobs.split(':')[1] ?? '';
    const isKept = async (): Promise<boolean> => (await engine.client.exists(engine.keys.eventLog)) === 1;
    const heard = await hear(inspector.events(queue), isKept);

    await engine.add('a');
    for (const id of ['b', 'c']) {
      await redis.restart();
      await until(() => engine.save(id).catch(() => false), 'Redis serves again');
    }
    await heard.until('added', 3);

    expect(heard.events.map((event) => 'job' in event && event.job)).to.deep.equal(['a', 'b', 'c']);
    expect(heard.names()).not.to.include('gap');
    await inspector.close();
    await heard.ended.catch(() => undefined);
    await engine.close();
    await redis.stop();
  });

  it('keeps nothing for who is slow: he reads the log, each event once', async () => {
    const engine = openEngine();
    const inspector = new Inspector({ client: engine.client });
    const queue = engine.keys.jobs.split(':')[1] ?? '';
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => warned.push(name);
    process.on('warning', onWarning);
    const quick = await hear(inspector.events(queue, { since: '0-0' }));
    const slow = inspector.events(queue, { since: '0-0' });
    await engine.add('first');
    expect((await slow.next()).value).to.include({ event: 'added', job: 'first' });

    const ids = Array.from({ length: 3_000 }, (_, at) => `job-${at}`);
    for (let from = 0; from < ids.length; from += 100) await engine.add(...ids.slice(from, from + 100));
    await quick.until('added', 3_001);
    const jobs: unknown[] = [];
    for await (const event of slow) {
      jobs.push('job' in event ? event.job : event.event);
      if (jobs.length === 3_000) break;
    }

    expect(jobs).to.deep.equal(ids);
    expect(quick.names()).to.deep.equal(Array.from({ length: 3_001 }, () => 'added'));
    process.off('warning', onWarning);
    expect(warned).to.deep.equal([]);
    await inspector.close();
    await quick.ended.catch(() => undefined);
    await engine.close();
  });

  it('tells the truth of each job, whatever workers and visitors do to them', async () => {
    const specs = openWorkers();
    const inspector = new Inspector({ client: specs.client });
    const { queue } = specs;
    const log = queueKeys('bq', queue, false).eventLog;
    const heard = await hear(inspector.events(queue), async () => (await specs.client.exists(log)) === 1);
    const Job = defineJob({
      type: 'job',
      queue,
      schema: z.number(),
      retries: 1,
      backoff: { type: 'fixed', delayMs: 1 },
    });
    const run = async (n: number, attempt: number): Promise<number> => {
      if (n % 7 === 1) throw new Error('no luck');
      if (n % 7 === 2) throw new DiscardJob('never');
      if (n % 7 === 3 && attempt === 1) throw new Error('once');
      if (n % 7 === 4 && Math.random() < 0.5) throw new RetryLater(1);
      return n;
    };
    const handlers = [handle(Job, (n, ctx) => run(n, ctx.attempt))];
    const numbers = Array.from({ length: 200 }, (_, at) => at);
    const ids = (await specs.producer.addMany(Job, numbers)).map(({ id }) => id);
    const [first, second] = [specs.worker({ handlers }), specs.worker({ handlers })];
    await Promise.all([first.start(), second.start()]);
    const visits = ids.map(async (id, at) => {
      if (at % 5 === 0) await inspector.cancel(queue, id, 'ada');
      if (at % 11 === 0) await inspector.remove(queue, id);
    });
    await Promise.all(visits);
    await untilNoneOpen(async () => {
      const { waiting, active, delayed } = (await inspector.queue(queue)).counts;
      return waiting + active + delayed;
    });
    await heard.until('drained');

    const last = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled', discarded: 'failed' };
    for (const id of ids) {
      const names = heard.names(id).join(' ');
      expect(names, id).to.match(/^added( started| retrying)*( (succeeded|failed|cancelled))?( removed)?$/);
      const job = await inspector.job(queue, id);
      if (job === null) expect(names, id).to.match(/ removed$/);
      else expect(names.split(' ').at(-1), id).to.equal(last[job.outcome as keyof typeof last]);
    }
    const { processedToday, failedToday } = await inspector.queue(queue);
    const count = (name: string): number => heard.names().filter((one) => one === name).length;
    expect(count('succeeded') + count('failed') + count('cancelled')).to.equal(processedToday);
    expect(count('failed') + count('cancelled')).to.equal(failedToday);
    await inspector.close();
    await heard.ended.catch(() => undefined);
    await specs.close();
  });

  it('works in a cluster, whichever node a queue is on', async () => {
    const cluster = await startCluster();
    const client = connect(parseRedisUrl(cluster.url), 'requests', { log: silentLog });
    const [inspector, producer] = [new Inspector({ client }), new Producer({ client })];
    const queues = ['a', 'b', 'c', 'd'];
    const jobs = queues.map((queue) => defineJob({ type: 'job', queue, schema: z.any() }));
    await Promise.all(jobs.map((job) => producer.add(job, 1)));
    const loops = await Promise.all(queues.map((queue) => hear(inspector.events(queue, { since: '0-0' }))));
    const isKept = async (queue: string): Promise<boolean> =>
      (await client.exists(queueKeys('bq', queue, true).eventLog)) === 1;
    for (const queue of queues) await until(() => isKept(queue), 'all are listened to');

    await Promise.all(jobs.map((job) => producer.add(job, 2)));

    await Promise.all(loops.map((loop) => loop.until('added')));
    expect(loops.map((loop) => loop.events[0]?.queue)).to.deep.equal(queues);
    await inspector.close();
    await Promise.all(loops.map((loop) => loop.ended.catch(() => undefined)));
    await producer.close();
    await closeClient(client);
    await cluster.stop();
  }).timeout(60_000);
});
