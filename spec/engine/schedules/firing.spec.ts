import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { fire, jobOfTick } from '../../../lib/engine/schedules/firing.ts';
import { idOfTick, parseSchedule } from '../../../lib/engine/schedules/schedule.ts';
import { outcomes, settle, take } from '../../support/engine.ts';
import { HOUR_MS, openSchedules, type SpecSchedules } from '../../support/schedules.ts';
import { patiently } from '../../support/wait.ts';

describe('firing a schedule', () => {
  let specs: SpecSchedules;

  beforeEach(() => {
    specs = openSchedules();
  });
  afterEach(async () => {
    await deleteQueue(specs, { force: true });
    await specs.close();
  });

  describe('by hand', () => {
    it('stores a job, says so, and leaves the next tick as it is', async () => {
      await specs.put({ options: { retries: 7, headers: { tenant: 'x' } } });
      const before = await specs.nextAt();

      const { outcome, jobId } = await specs.all.fireNow(specs.queue, 'tidy');

      expect(outcome).to.equal('fired');
      expect(await specs.waiting()).to.deep.equal([jobId]);
      expect(await specs.nextAt()).to.equal(before);
      const options = await specs.options(jobId);
      expect(options).to.deep.include({ type: 'job', retries: 7, headers: { tenant: 'x' } });
      expect(options?.schedule?.name).to.equal('tidy');
      const [firing] = await specs.all.firings(specs.queue, 'tidy');
      expect(firing).to.include({ outcome: 'fired', jobId, tick: options?.schedule?.tick });
      expect(firing && 'lateMs' in firing && firing.lateMs).to.be.within(0, 1_000);
    });

    it('fires one that is paused', async () => {
      await specs.put();
      await specs.all.pause(specs.queue, 'tidy', 'ada');

      expect(await specs.all.fireNow(specs.queue, 'tidy')).to.include({ outcome: 'fired' });
      expect(await specs.nextAt()).to.equal(null);
    });

    it('delays the job as its options say', async () => {
      await specs.put({ options: { delayMs: HOUR_MS } });

      const { jobId } = await specs.all.fireNow(specs.queue, 'tidy');

      const job = await specs.queries.job(jobId);
      expect(job?.state).to.equal('delayed');
      expect(Number(job?.dueAt) - Number(job?.record.options.timestamp)).to.be.within(
        HOUR_MS,
        HOUR_MS + patiently(1_000),
      );
    });

    it('does not fire while the job before goes on, with overlap skip, and fires when it has ended', async () => {
      await specs.put({ overlap: 'skip' });
      const first = await specs.all.fireNow(specs.queue, 'tidy');
      const second = await specs.all.fireNow(specs.queue, 'tidy');
      const session = specs.session();
      const [taken] = await take(session);
      const third = await specs.all.fireNow(specs.queue, 'tidy');
      if (taken) await settle(session, [taken, outcomes.succeeded]);

      const last = await specs.all.fireNow(specs.queue, 'tidy');

      expect([second, third]).to.deep.equal(Array(2).fill({ outcome: 'overlap', jobId: first.jobId }));
      expect(last.outcome).to.equal('fired');
    });

    it('goes by the unique key of its jobs', async () => {
      await specs.put({ options: { unique: { key: 'k' } } });
      const first = await specs.all.fireNow(specs.queue, 'tidy');

      const second = await specs.all.fireNow(specs.queue, 'tidy');
      await specs.store.remove(first.jobId);
      const third = await specs.all.fireNow(specs.queue, 'tidy');

      expect(second).to.deep.equal({ outcome: 'unique', jobId: first.jobId });
      expect(third.outcome).to.equal('fired');
    });

    it('keeps the last hundred firings, newest first', async () => {
      await specs.put();
      await specs.put({ name: 'other' });
      await specs.all.fireNow(specs.queue, 'other');
      const fired: string[] = [];
      for (let n = 0; n < 103; n++) fired.push((await specs.all.fireNow(specs.queue, 'tidy')).jobId);

      const firings = await specs.all.firings(specs.queue, 'tidy');

      const ids = firings.map((firing) => (firing.outcome === 'missed' ? '' : firing.jobId));
      expect(ids).to.have.members(fired.slice(3));
      expect(firings.map(({ firedAt }) => -firedAt)).to.deep.equal(
        firings.map(({ firedAt }) => -firedAt).sort((a, b) => a - b),
      );
      expect(await specs.all.firings(specs.queue, 'other')).to.have.length(1);
      expect(await specs.all.firings(specs.queue, 'tidy', 2)).to.deep.equal(firings.slice(0, 2));
    });
  });

  describe('at a tick', () => {
    const fireTick = async (tick: number, next: number | null) => {
      const text = (await specs.client.hget(specs.keys.schedules, 'tidy')) ?? '';
      const schedule = parseSchedule(text);
      const job = jobOfTick(schedule, { id: idOfTick('tidy', tick), tick, now: tick, clock: systemClock });
      return fire(specs, { schedule, jobs: [job], move: { tick, next }, missed: null });
    };

    it('stores one job when the command is sent twice', async () => {
      await specs.put();
      const tick = await specs.setBack(HOUR_MS);

      await fireTick(tick, tick + HOUR_MS);
      const second = await fireTick(tick, tick + HOUR_MS);

      expect(second).to.equal(null);
      expect(await specs.waiting()).to.deep.equal([idOfTick('tidy', tick)]);
      expect(await specs.all.firings(specs.queue, 'tidy')).to.have.length(1);
      expect(await specs.nextAt()).to.equal(tick + HOUR_MS);
    });

    it('stores one job of all who try at once', async () => {
      await specs.put();
      const tick = await specs.setBack(HOUR_MS);

      const all = await Promise.all(Array.from({ length: 10 }, () => fireTick(tick, tick + HOUR_MS)));

      expect(all.filter((one) => one !== null)).to.have.length(1);
      expect(await specs.waiting()).to.have.length(1);
    });

    it('does nothing for a schedule that was changed, paused or removed in between', async () => {
      await specs.put();
      const tick = await specs.setBack(HOUR_MS);
      const schedule = parseSchedule((await specs.client.hget(specs.keys.schedules, 'tidy')) ?? '');
      const again = () => fire(specs, { schedule, jobs: [], move: { tick, next: null }, missed: null });

      await specs.put({ data: 'new' });
      const afterChange = await again();
      await specs.put();
      await specs.all.pause(specs.queue, 'tidy', 'ada');
      const afterPause = await again();
      await specs.all.remove(specs.queue, 'tidy');
      const afterRemoval = await again();

      expect([afterChange, afterPause, afterRemoval]).to.deep.equal([null, null, null]);
    });

    it('leaves a job alone that has the id already', async () => {
      await specs.put();
      const tick = await specs.setBack(HOUR_MS);
      await specs.add(idOfTick('tidy', tick));

      expect(await fireTick(tick, null)).to.deep.equal([
        { outcome: 'exists', jobId: idOfTick('tidy', tick) },
      ]);

      expect(await specs.waiting()).to.have.length(1);
      expect(await specs.nextAt()).to.equal(null);
    });
  });
});
