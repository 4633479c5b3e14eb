import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { fire, jobOfTick, type TickOutcome } from '../../../lib/engine/schedules/firing.ts';
import { idOfTick, jitterOf } from '../../../lib/engine/schedules/schedule.ts';
import { exportQueue } from '../../../lib/engine/transfer/export-queue.ts';
import type { Moved } from '../../../lib/engine/transfer/moved.ts';
import { restore } from '../../../lib/engine/transfer/restore.ts';
import { openSchedules, type SpecSchedules, scheduleOf } from '../../support/schedules.ts';

const EVERY_MS = 60_000;

describe('a schedule with a limit', () => {
  let specs: SpecSchedules;

  beforeEach(() => {
    specs = openSchedules();
  });
  afterEach(async () => {
    await deleteQueue(specs, { force: true });
    await specs.close();
  });

  const info = () => specs.all.get(specs.queue, 'tidy');
  /** Fires so many ticks that have come, in one call. */
  const fireTicks = async (count: number): Promise<TickOutcome[] | null> => {
    const first = await specs.setBack((count - 1) * EVERY_MS, EVERY_MS);
    const kept = await specs.kept.get('tidy');
    if (!kept) throw new Error('there was to be a schedule');
    const { schedule } = kept;
    const ticks = Array.from({ length: count }, (_, at) => first + at * EVERY_MS);
    const now = Date.now();
    const jobs = ticks.map((tick) =>
      jobOfTick(schedule, { id: idOfTick('tidy', tick), tick, now, clock: systemClock }),
    );
    const move = { tick: first, next: first + count * EVERY_MS };
    return fire(specs, { schedule, jobs, move, missed: null });
  };

  it('fires as often as it says, and nothing is to come then', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 3 });

    expect(await fireTicks(2)).to.have.length(2);
    expect(await info()).to.include({ limit: 3, fired: 2 });
    expect(await specs.all.next(specs.queue, 'tidy')).to.have.length(1);
    expect(await fireTicks(4)).to.have.length(1);

    expect(await specs.waiting()).to.have.length(3);
    expect(await info()).to.include({ fired: 3, nextAt: null });
    expect(await specs.all.next(specs.queue, 'tidy')).to.deep.equal([]);
  });

  it('does not count what is fired by hand, nor ticks that store no job', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 2, options: { unique: { key: 'k' } } });

    await specs.all.fireNow(specs.queue, 'tidy');
    expect(await fireTicks(1)).to.deep.include({ ...(await fireTicks(1))?.[0], outcome: 'unique' });

    expect(await info()).to.include({ fired: 0 });
    expect(await specs.nextAt()).not.to.equal(null);
  });

  it('stays spent when it is resumed, or put again with the same limit', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 1 });
    await fireTicks(1);
    await specs.all.pause(specs.queue, 'tidy', 'ada');

    await specs.all.resume(specs.queue, 'tidy');
    expect(await specs.nextAt()).to.equal(null);
    await specs.put({ everyMs: EVERY_MS, limit: 1, data: { a: 2 } });

    expect(await specs.nextAt()).to.equal(null);
  });

  it('goes on where its limit is raised, and begins anew once it was removed', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 1 });
    await fireTicks(1);

    await specs.put({ everyMs: EVERY_MS, limit: 2 });
    expect(await specs.nextAt()).not.to.equal(null);
    expect(await info()).to.include({ limit: 2, fired: 1 });
    await specs.all.remove(specs.queue, 'tidy');
    expect(await specs.leftovers()).not.to.include(specs.keys.schedules);
    await specs.put({ everyMs: EVERY_MS, limit: 2 });

    expect(await info()).to.include({ fired: 0 });
  });

  it('stops at once where its limit is lowered below what it has fired', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 5 });
    await fireTicks(2);

    await specs.put({ everyMs: EVERY_MS, limit: 2 });

    expect(await specs.nextAt()).to.equal(null);
  });

  it('takes its count along to another queue', async () => {
    await specs.put({ everyMs: EVERY_MS, limit: 3 });
    await fireTicks(2);
    const other = openSchedules();
    const moved: Moved[] = [];
    for await (const one of exportQueue(specs, null)) if (one.kind === 'schedule') moved.push(one);

    await restore(other, moved, Date.now());

    expect(await other.all.get(other.queue, 'tidy')).to.include({ limit: 3, fired: 2 });
    await deleteQueue(other, { force: true });
    await other.close();
  });

  it('leaves no count where there is no limit', async () => {
    await specs.put({ everyMs: EVERY_MS });
    await fireTicks(2);

    expect(await specs.client.hkeys(specs.keys.schedules)).to.have.members(['tidy', 'tidy:last']);
    expect(await info()).to.include({ limit: null, fired: null });
  });
});

describe('a schedule with jitter', () => {
  const jitterMs = 60_000;
  const ticks = Array.from({ length: 200 }, (_, at) => at * 86_400_000);

  it('puts off each tick by the same part of it, whoever reckons', () => {
    const one = scheduleOf({ jitterMs });
    const again = scheduleOf({ jitterMs, data: { other: 1 } });

    const parts = ticks.map((tick) => jitterOf(one, tick));
    expect(parts).to.deep.equal(ticks.map((tick) => jitterOf(again, tick)));
    expect(Math.min(...parts)).to.be.within(0, jitterMs / 10);
    expect(Math.max(...parts)).to.be.within(jitterMs * 0.9, jitterMs);
  });

  it('puts off schedules of one time by different parts', () => {
    const parts = Array.from({ length: 100 }, (_, at) =>
      jitterOf(scheduleOf({ name: `tidy-${at}`, jitterMs }), 86_400_000),
    );

    expect(new Set(parts).size).to.be.above(90);
  });

  it('delays the job of a tick beyond the delay of its options', () => {
    const schedule = { ...scheduleOf({ jitterMs, options: { delayMs: 1_000 } }), fingerprint: 'f' };
    const { job } = jobOfTick(schedule, { id: 'x', tick: 0, now: 5, clock: systemClock, jitterMs: 250 });

    expect(job.start).to.equal('+1250');
  });
});
