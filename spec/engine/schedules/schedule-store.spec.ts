import { expect } from 'chai';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { DECLARATION_TTL_MS } from '../../../lib/engine/schedules/schedule-store.ts';
import { HOUR_MS, openSchedules, type SpecSchedules } from '../../support/schedules.ts';

describe('ScheduleStore', () => {
  let specs: SpecSchedules;

  beforeEach(() => {
    specs = openSchedules();
  });
  afterEach(async () => {
    await deleteQueue(specs, { force: true });
    await specs.close();
  });

  const nextHour = async (): Promise<number> =>
    (Math.floor((await specs.kept.now()) / HOUR_MS) + 1) * HOUR_MS;

  describe('storing', () => {
    it('stores one with its next tick', async () => {
      expect(await specs.put()).to.equal('created');

      expect(await specs.nextAt()).to.equal(await nextHour());
      expect(await specs.all.get(specs.queue, 'tidy')).to.deep.include({
        name: 'tidy',
        queue: specs.queue,
        type: 'job',
        everyMs: HOUR_MS,
        cron: null,
        timeZone: null,
        missed: 'once',
        overlap: 'allow',
        data: { a: 1 },
        paused: null,
        isDeclared: false,
        lastJobId: null,
      });
    });

    it('leaves one alone that says the same, in whatever order', async () => {
      await specs.put({ data: { a: 1, b: 2 } });
      const tick = await specs.setBack(HOUR_MS);

      expect(await specs.put({ data: { b: 2, a: 1 } })).to.equal('unchanged');

      expect(await specs.nextAt()).to.equal(tick);
    });

    it('keeps the tick that has come when nothing but the data changes', async () => {
      await specs.put();
      const tick = await specs.setBack(HOUR_MS);

      expect(await specs.put({ data: { a: 2 } })).to.equal('replaced');

      expect(await specs.nextAt()).to.equal(tick);
      expect((await specs.all.get(specs.queue, 'tidy'))?.data).to.deep.equal({ a: 2 });
    });

    it('reckons the next tick anew when its times change', async () => {
      await specs.put();
      await specs.setBack(HOUR_MS);

      await specs.put({ everyMs: 2 * HOUR_MS });

      const now = await specs.kept.now();
      expect(await specs.nextAt()).to.be.within(now, now + 2 * HOUR_MS);
    });

    it('leaves one paused that changes', async () => {
      await specs.put();
      await specs.all.pause(specs.queue, 'tidy', 'ada');

      await specs.put({ everyMs: 2 * HOUR_MS });

      expect(await specs.all.get(specs.queue, 'tidy')).to.deep.include({
        nextAt: null,
        everyMs: 2 * HOUR_MS,
      });
      expect((await specs.all.get(specs.queue, 'tidy'))?.paused?.by).to.equal('ada');
    });
  });

  describe('declaring', () => {
    it('changes nothing when it says the same, and keeps a pause', async () => {
      await specs.put({}, 'declare');
      await specs.all.pause(specs.queue, 'tidy', 'ada');

      expect(await specs.put({}, 'declare')).to.equal('unchanged');

      expect(await specs.all.get(specs.queue, 'tidy')).to.deep.include({ nextAt: null, isDeclared: true });
    });

    it('replaces by what nobody has declared before', async () => {
      await specs.put({ data: 'old' }, 'declare');

      expect(await specs.put({ data: 'new' }, 'declare')).to.equal('replaced');
    });

    it('does not go back to what others that live have declared before', async () => {
      await specs.put({ data: 'old' }, 'declare');
      await specs.put({ data: 'new' }, 'declare');

      expect(await specs.put({ data: 'old' }, 'renew')).to.equal('outvoted');
      expect(await specs.put({ data: 'old' }, 'declare')).to.equal('outvoted');
      expect(await specs.put({ data: 'new' }, 'renew')).to.equal('unchanged');
    });

    it('goes back when nobody stands behind the newer one any more', async () => {
      await specs.put({ data: 'old' }, 'declare');
      const [old = ''] = await specs.client.zrange(specs.keys.declarations, 0, '-1');
      await specs.put({ data: 'new' }, 'declare');
      const voices = await specs.client.zrange(specs.keys.declarations, 0, '-1');
      await specs.client.zrem(specs.keys.declarations, ...voices.filter((voice) => voice !== old));

      expect(await specs.put({ data: 'old' }, 'renew')).to.equal('replaced');
    });

    it('goes back to an older one that is declared anew once nobody stood behind it', async () => {
      await specs.put({ data: 'old' }, 'declare');
      await specs.client.del(specs.keys.declarations);
      await specs.put({ data: 'new' }, 'declare');

      expect(await specs.put({ data: 'old' }, 'declare')).to.equal('replaced');
    });

    it('stands for half a minute', async () => {
      await specs.put({}, 'declare');

      const [, until] = await specs.client.zrange(specs.keys.declarations, 0, '0', 'WITHSCORES');
      expect(Number(until) - (await specs.kept.now())).to.be.within(
        DECLARATION_TTL_MS - 5_000,
        DECLARATION_TTL_MS,
      );
    });

    it('leaves alone what a call has put in its place, until it says something else', async () => {
      await specs.put({}, 'declare');
      await specs.put({ data: 'by hand' });

      expect(await specs.put({}, 'renew')).to.equal('unchanged');
      expect(await specs.put({}, 'declare')).to.equal('unchanged');
      expect(await specs.put({ data: 'newer' }, 'declare')).to.equal('replaced');
    });

    it('does not make anew what was removed, unless a worker starts', async () => {
      await specs.put({}, 'declare');
      await specs.all.remove(specs.queue, 'tidy');

      expect(await specs.put({}, 'renew')).to.equal('absent');
      expect(await specs.put({}, 'renew')).to.equal('absent');
      expect(await specs.put({}, 'declare')).to.equal('created');
    });

    it('makes anew what Redis has lost, and forgets that it was removed', async () => {
      await specs.put({}, 'declare');
      await specs.all.remove(specs.queue, 'tidy');
      await specs.put({}, 'declare');
      await specs.client.unlink(specs.keys.schedules, specs.keys.scheduleTicks, specs.keys.declarations);

      expect(await specs.put({}, 'renew')).to.equal('created');
      expect(await specs.put({}, 'renew')).to.equal('unchanged');
      expect(await specs.nextAt()).to.be.a('number');
    });
  });
});
