import { expect } from 'chai';
import type { Firing } from '../../lib/engine/schedules/firing.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

describe('schedules, over worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  const { queue } = toil;
  const put = (changes: object) =>
    crew.producer.schedules.putAny(toil, { name: 'tidy', data: { forMs: 0 }, ...changes });
  const firings = async (): Promise<Firing[]> =>
    (await crew.inspector.schedules.firings(queue, 'tidy')).reverse();
  const idsOf = (all: readonly Firing[]): string[] =>
    all.flatMap((one) => (one.outcome === 'fired' ? [one.jobId] : []));
  const nextAt = async (): Promise<number> =>
    (await crew.inspector.schedules.get(queue, 'tidy'))?.nextAt ?? 0;
  const redisNow = async (): Promise<number> => {
    const [seconds, micros] = await crew.client.time();
    return Number(seconds) * SECOND_MS + Math.floor(Number(micros) / SECOND_MS);
  };
  /** Lets the schedule stand as if no worker had been there for so long. */
  const beAway = async (forMs: number, everyMs: number): Promise<number[]> => {
    const now = await redisNow();
    const first = Math.ceil((now - forMs) / everyMs) * everyMs;
    await crew.client.zadd(crew.keys.scheduleTicks, 'XX', first, 'tidy');
    return Array.from({ length: Math.floor((now - first) / everyMs) + 1 }, (_, n) => first + n * everyMs);
  };
  const untilCaughtUp = () => until(async () => (await nextAt()) > (await redisNow()), 'it has caught up');

  it('fire each tick exactly once, whichever worker is killed', async () => {
    const doomed = await crew.hire();
    await crew.hire();
    await crew.hire();
    await put({ everyMs: SECOND_MS });
    await until(async () => (await firings()).length >= 3, 'it fired three times');

    doomed.kill('SIGKILL');

    await until(async () => (await firings()).length >= 7, 'it fired seven times');
    await crew.inspector.schedules.pause(queue, 'tidy', 'spec');
    const all = await firings();
    const ticks = all.map(({ tick }) => tick);
    expect(ticks).to.deep.equal(ticks.map((_, at) => (ticks[0] ?? 0) + at * SECOND_MS));
    expect(all.every(({ outcome }) => outcome === 'fired')).to.equal(true);
    for (const one of all) if (one.outcome === 'fired') expect(one.lateMs).to.be.below(patiently(3_000));
    // A job that the killed worker held comes back with the lease: what it has run is counted by those that live.
    const ids = idsOf(all);
    await until(() => ids.every((id) => crew.runsOf(id) >= 1), 'each ran');
    expect(ids.filter((id) => crew.runsOf(id) > 1)).to.have.length.at.most(1);
    const jobs = await crew.inspector.jobs(queue, { state: 'succeeded' });
    expect(new Set(jobs.jobs.map(({ id }) => id)).size).to.equal(jobs.jobs.length);
  });

  it('stop with the last worker, and do at the start of the next what the policy says', async () => {
    const worker = await crew.hire();
    await put({ everyMs: SECOND_MS, missed: 'once' });
    await until(async () => (await firings()).length >= 1, 'it fired');
    worker.kill('SIGKILL');
    await worker.exit;
    const before = (await firings()).length;
    // So that the newest of the ticks to come is none that it has fired.
    const died = await redisNow();
    await until(async () => (await redisNow()) > died + SECOND_MS, 'another tick has come');
    const missed = await beAway(30 * SECOND_MS, SECOND_MS);

    await crew.hire();

    await until(async () => (await firings()).length >= before + 2, 'it caught up');
    const [fell, caughtUp] = (await firings()).slice(before);
    expect(fell).to.include({ outcome: 'missed', tick: missed[0] });
    expect(caughtUp).to.include({
      outcome: 'fired',
      tick: fell?.outcome === 'missed' && fell.lastTick + SECOND_MS,
    });
  });

  for (const [missed, name] of [
    ['skip', 'none'],
    [{ all: 3 }, 'the newest three'],
  ] as const) {
    it(`fire ${name} of the ticks that nobody saw to, with ${JSON.stringify(missed)}`, async () => {
      await put({ everyMs: HOUR_MS, missed });
      const come = await beAway(8.5 * HOUR_MS, HOUR_MS);
      // Should an hour have begun within the last ten seconds, it is not late yet.
      await until(async () => (await redisNow()) - (come.at(-1) ?? 0) > 10_000, 'all are late');

      await crew.hire();
      await crew.hire();
      await untilCaughtUp();

      const fired = (await firings()).flatMap((one) => (one.outcome === 'fired' ? [one.tick] : []));
      expect(fired).to.deep.equal(missed === 'skip' ? [] : come.slice(-3));
    });
  }

  it('leave ticks out while a job goes on, with overlap skip, and fire again when it has ended', async () => {
    await crew.hire({ concurrency: 4 });
    await crew.hire({ concurrency: 4 });
    await put({ everyMs: SECOND_MS, overlap: 'skip', data: { forMs: 2_500 } });

    await until(async () => idsOf(await firings()).length >= 2, 'it fired again');
    await crew.inspector.schedules.pause(queue, 'tidy', 'spec');

    const all = await firings();
    const between = all.slice(1, -1);
    expect(between).to.have.length.at.least(2);
    for (const one of between) expect(one).to.include({ outcome: 'overlap', jobId: idsOf(all)[0] });
  });

  it('do not fire while paused, and let those ticks fall', async () => {
    await crew.hire();
    await put({ everyMs: SECOND_MS, missed: { all: 100 } });
    await until(async () => (await firings()).length >= 1, 'it fired');
    await crew.inspector.schedules.pause(queue, 'tidy', 'spec');
    const before = await firings();
    const paused = await redisNow();
    await until(async () => (await redisNow()) > paused + 2_200, 'two ticks passed');
    const during = await firings();

    await crew.inspector.schedules.resume(queue, 'tidy');

    const resumed = await redisNow();
    await until(async () => (await firings()).length > before.length, 'it fired again');
    expect(during).to.deep.equal(before);
    expect((await firings())[before.length]?.tick).to.be.at.least(
      Math.floor(resumed / SECOND_MS) * SECOND_MS,
    );
  });

  it('are gone without a trace when they are removed', async () => {
    await crew.hire();
    await put({ everyMs: SECOND_MS });
    await until(async () => (await firings()).length >= 1, 'it fired');

    await crew.producer.schedules.remove(queue, 'tidy');

    const { schedules, scheduleTicks, firings: kept, declarations } = crew.keys;
    expect(await crew.client.exists(schedules, scheduleTicks, kept, declarations)).to.equal(0);
    const [waiting, at] = [crew.client.llen(crew.keys.waiting), await redisNow()];
    await until(async () => (await redisNow()) > at + 1_200, 'a tick would have come');
    expect(await crew.client.exists(schedules, scheduleTicks, kept, declarations)).to.equal(0);
    expect(await waiting).to.be.at.most(1);
  });
});
