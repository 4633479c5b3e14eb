import { expect } from 'chai';
import { z } from 'zod';
import {
  type BoundHandler,
  type DeclaredSchedule,
  defineJob,
  handle,
  handleGroup,
  type RetentionOptions,
  schedule,
} from '../../lib/index.ts';
import { type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';

const HOUR_MS = 3_600_000;

describe('the time of a test', () => {
  const schema = z.object({});
  const Job = defineJob({
    type: 'job',
    schema,
    retries: 2,
    backoff: { type: 'exponential', delayMs: 60_000 },
  });
  const begin = new Date('2030-03-30T12:00:00Z');
  let kit: TestApiary;
  let ran: string[];

  const open = async (
    handlers: BoundHandler[],
    more: { schedules?: DeclaredSchedule[]; retention?: RetentionOptions; now?: Date } = {},
  ) => {
    kit = await testApiary({ handlers, now: begin, redis: redisUrl(), ...more });
    return kit;
  };
  const noted = handle(Job, (_data, { id }) => void ran.push(id));
  const outcomes = async () => (await kit.drain()).map(({ outcome }) => outcome);

  beforeEach(() => {
    ran = [];
  });
  afterEach(() => kit.close());

  it('stands still until it is moved, for this process and for Redis', async () => {
    const { producer, inspector } = await open([noted]);
    const { id } = await producer.add(Job, {});

    expect(kit.now()).to.deep.equal(begin);
    await kit.drain();
    await kit.advance('1h30m');

    expect(kit.now()).to.deep.equal(new Date('2030-03-30T13:30:00Z'));
    const job = await inspector.job('default', id);
    expect(job).to.include({ createdAt: begin.getTime(), startedAt: begin.getTime() });
  });

  it('lets a delay pass', async () => {
    const { producer } = await open([noted]);
    await producer.add(Job, {}, { delayMs: 24 * HOUR_MS });

    await kit.advance('23h59m59s999ms');
    expect(await outcomes()).to.deep.equal([]);
    await kit.advance(1);
    expect(await outcomes()).to.deep.equal(['succeeded']);
  });

  it('lets a back-off pass', async () => {
    const { producer } = await open([
      handle(Job, () => {
        throw new Error('no');
      }),
    ]);
    await producer.add(Job, {});

    expect(await outcomes()).to.deep.equal(['retrying']);
    await kit.advance('59s');
    expect(await outcomes()).to.deep.equal([]);
    await kit.advance('1s');
    expect(await outcomes()).to.deep.equal(['retrying']);
    await kit.advance('2m');
    expect(await outcomes()).to.deep.equal(['failed']);
  });

  it('fires a cron over a change of the clocks, at each of its times', async () => {
    const daily = schedule(Job, { name: 'daily', cron: '30 9 * * *', timeZone: 'Europe/Berlin', data: {} });
    await open(
      [handle(Job, (_data, ctx) => void ran.push(new Date(ctx.schedule?.tick ?? 0).toISOString()))],
      {
        schedules: [daily],
      },
    );

    await kit.drain({ for: '3d' });

    expect(ran).to.deep.equal([
      '2030-03-31T07:30:00.000Z',
      '2030-04-01T07:30:00.000Z',
      '2030-04-02T07:30:00.000Z',
    ]);
    expect(kit.now()).to.deep.equal(new Date('2030-04-02T12:00:00Z'));
  });

  it('fires a schedule of a month in one go', async () => {
    const monthly = schedule(Job, { name: 'monthly', cron: '0 6 1 * *', data: {} });
    await open([noted], { schedules: [monthly] });

    expect(await kit.drain({ for: '365d' })).to.have.length(12);
  });

  it('misses what came while it was only moved on', async () => {
    const hourly = schedule(Job, { name: 'hourly', cron: '@every 1h', data: {}, missed: 'skip' });
    await open([noted], { schedules: [hourly] });

    await kit.advance('5h10m');
    await kit.drain();

    const firings = await kit.inspector.schedules.firings('default', 'hourly');
    expect(firings.map(({ outcome }) => outcome)).to.include('missed');
    expect(ran.length).to.be.below(5);
  });

  it('lets a job expire', async () => {
    const { producer } = await open([noted]);
    await producer.add(Job, {}, { expiresAt: begin.getTime() + 60_000 });

    await kit.advance('1m');

    expect(await outcomes()).to.deep.equal(['expired']);
  });

  it('lets a deadline and a timeout come while a handler runs', async () => {
    const { producer } = await open([
      handle(Job, async (_data, ctx) => {
        await kit.advance('10m');
        ran.push(ctx.signal.reason instanceof Error ? ctx.signal.reason.message : 'not told');
      }),
    ]);
    await producer.add(Job, {}, { id: 'd', deadlineAt: begin.getTime() + 200_000 });
    expect(await outcomes()).to.deep.equal(['expired']);
    await producer.add(Job, {}, { id: 't', timeoutMs: 60_000, retries: 0 });
    expect(await outcomes()).to.deep.equal(['failed']);

    expect(ran).to.deep.equal([
      'job d: the deadline of the job has come',
      'job t: the attempt ran longer than its timeout',
    ]);
  });

  it('settles what runs on past its time then, as a worker does, and refuses what comes later', async () => {
    const { producer, inspector } = await open([
      handle(Job, async (_data, ctx) => {
        await kit.advance('2m');
        await ctx.progress('late');
        await ctx.fencingNumber().catch(({ code }) => ran.push(code));
        return 'late';
      }),
    ]);
    await producer.add(Job, {}, { id: 't', timeoutMs: 60_000, retries: 0 });

    expect(await outcomes()).to.deep.equal(['failed']);

    expect(ran).to.deep.equal(['JOB_LOST']);
    expect((await inspector.job('default', 't'))?.progress).to.not.equal('late');
  });

  it('throttles', async () => {
    const { producer } = await open([noted]);
    const throttle = () => producer.add(Job, {}, { unique: { key: 'k', ttlMs: HOUR_MS, release: 'ttl' } });

    expect((await throttle()).created).to.equal(true);
    await kit.drain();
    await kit.advance('59m');
    expect((await throttle()).created).to.equal(false);
    await kit.advance('1m');
    expect((await throttle()).created).to.equal(true);
  });

  it('debounces', async () => {
    const Typed = defineJob({ type: 'typed', schema: z.object({ text: z.string() }) });
    const texts: string[] = [];
    const { producer } = await open([handle(Typed, ({ text }) => void texts.push(text))]);
    const type = (text: string) =>
      producer.add(Typed, { text }, { delayMs: 30_000, unique: { key: 'k', onConflict: 'replace' } });

    await type('a');
    await kit.advance('20s');
    await type('ab');
    await kit.advance('20s');
    expect(await outcomes()).to.deep.equal([]);
    await kit.advance('10s');
    expect(await outcomes()).to.deep.equal(['succeeded']);
    expect(texts).to.deep.equal(['ab']);
  });

  it('keeps a rate', async () => {
    const { producer, inspector } = await open([noted]);
    await inspector.limits.set('default', { rate: { count: 2, perMs: 60_000 } }, 'spec');
    await producer.addMany(Job, [{}, {}, {}, {}, {}]);

    expect(await outcomes()).to.have.length(2);
    await kit.advance('30s');
    expect(await outcomes()).to.have.length(1);
    const rest = await kit.drain({ withDelayed: true });
    expect(rest).to.have.length(2);
    expect(kit.now().getTime() - begin.getTime()).to.equal(90_000);
  });

  it('gathers a group for its grace', async () => {
    const Tell = defineJob({ type: 'tell', schema, group: { graceMs: 60_000, maxDelayMs: 600_000 } });
    const sizes: number[] = [];
    const { producer } = await open([handleGroup(Tell, (jobs) => void sizes.push(jobs.length))]);
    await producer.add(Tell, {}, { group: 'ada' });
    await kit.advance('40s');
    await producer.add(Tell, {}, { group: 'ada' });

    await kit.advance('40s');
    expect(await outcomes()).to.deep.equal([]);
    await kit.advance('20s');
    expect(await outcomes()).to.deep.equal(['succeeded']);
    expect(sizes).to.deep.equal([2]);
  });

  it('keeps finished jobs for as long as they are to stay', async () => {
    const { producer, inspector } = await open([noted], {
      retention: { succeeded: { ageMs: 24 * HOUR_MS } },
    });
    const { id } = await producer.add(Job, {});
    await kit.drain();

    await kit.advance('23h');
    await kit.drain();
    expect(await inspector.job('default', id)).to.include({ state: 'succeeded' });
    await kit.advance('2h');
    await kit.drain();
    expect(await inspector.job('default', id)).to.equal(null);
  });

  it('moves on alone, never back, and by what can be read', async () => {
    await open([noted]);

    await kit.advanceTo('2031-01-01T00:00:00Z');
    expect(kit.now()).to.deep.equal(new Date('2031-01-01T00:00:00Z'));
    expect((await rejection(kit.advanceTo(begin))).message).to.include('time does not go back');
    for (const wrong of ['soon', '', -1, Number.NaN])
      expect(await rejection(kit.advance(wrong))).to.include({ code: 'CONFIG_INVALID' });
    expect(await rejection(kit.advanceTo('tomorrow'))).to.include({ code: 'CONFIG_INVALID' });
  });
});
