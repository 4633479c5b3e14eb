import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { schedule } from '../../lib/jobs/schedule.ts';
import { createInspector, createWorker } from '../../lib/open.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { recordingLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
const SECOND_MS = 1_000;

describe('schedules when Redis crashes and comes back', function () {
  this.timeout(SPEC_LIMIT_MS);
  let redis: SpecRedis;

  beforeEach(async () => {
    redis = await startRedis();
    const operator = new Redis(redis.url);
    // By default a killed Redis may forget that a tick has fired, which then fires again.
    await operator.config('SET', 'appendfsync', 'always');
    await operator.quit();
  });
  afterEach(() => redis.stop());

  it('go on, each tick once, those of the outage late', async () => {
    const queue = testQueueName();
    const Tidy = defineJob({ type: 'tidy', queue, schema: z.number() });
    const ran: number[] = [];
    const worker = createWorker({
      redis: redis.url,
      handlers: [handle(Tidy, (_data, ctx) => void ran.push(ctx.schedule?.tick ?? 0))],
      schedules: [schedule(Tidy, { name: 'tidy', everyMs: SECOND_MS, data: 1, missed: { all: 100 } })],
    });
    const inspector = createInspector({ redis: redis.url });
    await worker.start();
    await until(() => ran.length >= 2, 'it ran twice');

    await redis.kill();
    await redis.restart();

    const before = ran.length;
    await until(() => ran.length >= before + 3, 'it ran again');
    const firings = (await inspector.schedules.firings(queue, 'tidy')).reverse();
    await worker.stop();
    await inspector.close();
    const ticks = firings.map(({ tick }) => tick);
    expect(new Set(ran).size).to.equal(ran.length);
    expect(firings.every(({ outcome }) => outcome === 'fired')).to.equal(true);
    expect(ticks).to.deep.equal(ticks.map((_, at) => (ticks[0] ?? 0) + at * SECOND_MS));
  });

  it('are declared once Redis is there', async () => {
    const queue = testQueueName();
    const Tidy = defineJob({ type: 'tidy', queue, schema: z.number() });
    await redis.kill();
    const worker = createWorker({
      redis: redis.url,
      handlers: [handle(Tidy, () => undefined)],
      schedules: [schedule(Tidy, { name: 'tidy', cron: '@daily', data: 1 })],
    });
    const starting = worker.start();

    await redis.restart();

    await starting;
    const inspector = createInspector({ redis: redis.url });
    const isThere = async () => (await inspector.schedules.get(queue, 'tidy')) !== null;
    await until(isThere, 'it was declared');
    await Promise.all([worker.stop(), inspector.close()]);
  });

  it('are declared again by a worker that lives when Redis has lost them, which it says', async () => {
    const queue = testQueueName();
    const Tidy = defineJob({ type: 'tidy', queue, schema: z.number() });
    const { log, records } = recordingLog();
    const worker = createWorker({
      redis: redis.url,
      log,
      handlers: [handle(Tidy, () => undefined)],
      schedules: [schedule(Tidy, { name: 'tidy', cron: '@daily', data: 1 })],
    });
    const inspector = createInspector({ redis: redis.url });
    const isThere = async () => (await inspector.schedules.get(queue, 'tidy')) !== null;
    await worker.start();
    await until(isThere, 'it was declared');
    const operator = new Redis(redis.url);

    await operator.flushall();
    await operator.quit();

    const said = 'Redis has lost a schedule that is declared; it was declared again';
    await until(() => records.some(({ message }) => message === said), 'it said so');
    expect(await isThere()).to.equal(true);
    await Promise.all([worker.stop(), inspector.close()]);
  });
});
