import { expect } from 'chai';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { idOfTick } from '../../../lib/engine/schedules/schedule.ts';
import { type Fired, Scheduler } from '../../../lib/engine/schedules/scheduler.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { HOUR_MS, openSchedules, type SpecSchedules } from '../../support/schedules.ts';
import { patiently, until } from '../../support/wait.ts';

/** Sleeps nothing away but by being woken; the lengths are written down. */
function onlyWoken(): { clock: Clock; naps: number[] } {
  const naps: number[] = [];
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    naps.push(ms);
    if (signal.aborted || ms === 0) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  };
  return { clock: { ...systemClock, sleep }, naps };
}

describe('Scheduler', () => {
  let specs: SpecSchedules;
  let subscriber: RedisClient;
  let started: Scheduler[];
  let troubles: Error[];
  let fired: Fired[];

  beforeEach(async () => {
    specs = openSchedules();
    [started, troubles, fired] = [[], [], []];
    subscriber = connect(redisTarget(), 'subscriber', { log: silentLog });
    await until(() => subscriber.status === 'ready', 'it was connected');
  });
  afterEach(async () => {
    await Promise.all(started.map((one) => one.stop()));
    await closeClient(subscriber);
    await deleteQueue(specs, { force: true });
    await specs.close();
  });

  const start = (clock: Clock = systemClock): Scheduler => {
    const { client, keys } = specs;
    const scheduler = new Scheduler({
      client,
      keys,
      clock,
      subscriber,
      channel: keys.schedulesChanged,
      onTrouble: (error) => void troubles.push(error as Error),
      onFired: (one) => void fired.push(one),
    });
    scheduler.start();
    started.push(scheduler);
    return scheduler;
  };
  const listens = async (): Promise<boolean> => {
    const reply = (await specs.client.pubsub('NUMSUB', specs.keys.schedulesChanged)) as [string, number];
    return reply[1] === 1;
  };
  const waits = (count: number) => async (): Promise<boolean> => (await specs.waiting()).length === count;

  it('fires each second, each tick once, and soon', async () => {
    await specs.put({ everyMs: 1_000 });
    start();
    start();

    await until(async () => (await specs.waiting()).length >= 2, 'it fired twice');

    const ids = await specs.waiting();
    const firings = await specs.all.firings(specs.queue, 'tidy');
    const named = firings.map((one) => (one.outcome === 'fired' ? one.jobId : one.outcome)).reverse();
    expect(named.slice(0, ids.length)).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const firing of firings)
      if (firing.outcome === 'fired') expect(firing.lateMs).to.be.below(patiently(1_500));
  });

  it('sleeps a second at most with schedules, and five without', async () => {
    const { clock, naps } = onlyWoken();
    start(clock);
    await until(async () => (await listens()) && naps.length === 1, 'it slept');

    await specs.put();

    await until(() => naps.length === 2, 'it slept again');
    expect(naps[0]).to.equal(5_000);
    expect(naps[1]).to.be.within(1, 1_000);
  });

  it('is woken by a change of the schedules', async () => {
    const { clock, naps } = onlyWoken();
    start(clock);
    await until(async () => (await listens()) && naps.length === 1, 'it slept');
    await specs.put();
    await until(() => naps.length === 2, 'it was woken');
    const tick = await specs.setBack(5);

    await specs.put({ data: 'new' });

    await until(waits(1), 'it fired');
    expect(await specs.waiting()).to.deep.equal([idOfTick('tidy', tick)]);
  });

  it('gives its jobs their tick, and says what it fired', async () => {
    await specs.put({ everyMs: 1_000 });
    start();

    await until(waits(1), 'it fired');

    const [id = ''] = await specs.waiting();
    const job = await specs.queries.job(id);
    const tick = fired[0]?.ticks[0];
    expect(job?.record.data).to.deep.equal({ a: 1 });
    expect(job?.record.options.schedule).to.deep.equal({ name: 'tidy', tick: tick?.tick });
    expect(tick).to.include({ outcome: 'fired', jobId: id });
  });

  for (const [missed, count] of [
    ['skip', 0],
    ['once', 1],
    [{ all: 3 }, 3],
    [{ all: 100 }, 5],
  ] as const) {
    it(`fires ${count} of five missed ticks with ${JSON.stringify(missed)}, and keeps the rest in mind`, async () => {
      await specs.put({ missed });
      const tick = await specs.setBack(4 * HOUR_MS);
      // An hour that begins just now would be no missed one.
      const come = Array.from({ length: 5 }, (_, hour) => tick + hour * HOUR_MS);
      await until(async () => (await specs.kept.now()) - (come[4] ?? 0) > 10_000, 'the last is late');

      start();

      await until(async () => Number(await specs.nextAt()) > (await specs.kept.now()), 'it has caught up');
      expect(await specs.waiting()).to.deep.equal(come.slice(5 - count).map((one) => idOfTick('tidy', one)));
      const found = (await specs.all.firings(specs.queue, 'tidy')).filter(
        ({ outcome }) => outcome === 'missed',
      );
      expect(found.map((one) => one.outcome === 'missed' && one.count)).to.deep.equal(
        count === 5 ? [] : [5 - count],
      );
    }).timeout(120_000);
  }

  it('leaves out a tick while the job before goes on, with overlap skip, and says so', async () => {
    await specs.put({ overlap: 'skip', missed: { all: 3 } });
    await specs.setBack(3 * HOUR_MS);

    start();

    await until(async () => Number(await specs.nextAt()) > (await specs.kept.now()), 'it has caught up');
    const [first] = await specs.waiting();
    const firings = await specs.all.firings(specs.queue, 'tidy');
    expect(await specs.waiting()).to.have.length(1);
    expect(
      firings.filter(({ outcome }) => outcome === 'overlap').map((one) => 'jobId' in one && one.jobId),
    ).to.satisfy((ids: string[]) => ids.length >= 2 && ids.every((id) => id === first));
  });

  it('is not held up by one that it cannot read', async () => {
    await specs.put({ name: 'odd' });
    await specs.client.hset(specs.keys.schedules, 'odd', '{"name":"odd"}');
    await specs.client.zadd(specs.keys.scheduleTicks, 1, 'odd');
    await specs.put({ everyMs: 1_000 });

    start();

    await until(async () => (await specs.waiting()).length > 0, 'the other fired');
    expect(troubles[0]?.message).to.match(/^schedule odd could not fire: /);
  });

  it('fires nothing after its stop', async () => {
    await specs.put({ everyMs: 1_000 });
    const scheduler = start();
    await until(waits(1), 'it fired');
    await scheduler.stop();
    const before = await specs.waiting();

    await until(async () => (await specs.kept.now()) > Number(await specs.nextAt()) + 300, 'a tick passed');

    expect(await specs.waiting()).to.deep.equal(before);
  });
});
