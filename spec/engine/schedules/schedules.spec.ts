import { expect } from 'chai';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { DECLARATION_TTL_MS } from '../../../lib/engine/schedules/schedule-store.ts';
import { ApiaryError } from '../../../lib/errors.ts';
import { HOUR_MS, openSchedules, type SpecSchedules } from '../../support/schedules.ts';

describe('Schedules', () => {
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
  const codeOf = (doing: Promise<unknown>): Promise<string> =>
    doing.then(
      () => 'none',
      (error) => (error instanceof ApiaryError ? error.code : String(error)),
    );

  describe('pausing', () => {
    it('takes the next tick away, and resuming gives it the one after now', async () => {
      await specs.put();
      await specs.setBack(HOUR_MS);

      expect(await specs.all.pause(specs.queue, 'tidy', 'ada')).to.equal(true);
      const whilePaused = await specs.nextAt();
      expect(await specs.all.resume(specs.queue, 'tidy')).to.equal(true);

      expect(whilePaused).to.equal(null);
      expect(await specs.nextAt()).to.equal(await nextHour());
    });

    it('says that it was paused, or resumed, already', async () => {
      await specs.put();
      const resumed = await specs.all.resume(specs.queue, 'tidy');
      await specs.all.pause(specs.queue, 'tidy', 'ada');

      const again = await specs.all.pause(specs.queue, 'tidy', 'bob');

      expect([resumed, again]).to.deep.equal([false, false]);
      expect((await specs.all.get(specs.queue, 'tidy'))?.paused?.by).to.equal('ada');
    });
  });

  describe('removing', () => {
    it('leaves nothing of it, and all of the others', async () => {
      await specs.put({}, 'declare');
      await specs.all.fireNow(specs.queue, 'tidy');
      await specs.put({ name: 'tidy2' }, 'declare');
      await specs.all.fireNow(specs.queue, 'tidy2');

      expect(await specs.all.remove(specs.queue, 'tidy')).to.equal(true);

      expect(await specs.all.remove(specs.queue, 'tidy')).to.equal(false);
      expect((await specs.all.list(specs.queue)).map(({ name }) => name)).to.deep.equal(['tidy2']);
      expect(await specs.all.firings(specs.queue, 'tidy2')).to.have.length(1);
      await specs.all.remove(specs.queue, 'tidy2');
      // That they were removed is known for a while to those who declare them.
      expect(await specs.leftovers()).to.deep.equal([specs.keys.declarations]);
      expect(await specs.client.pttl(specs.keys.declarations)).to.be.within(1, DECLARATION_TTL_MS);
    });

    it('comes with the deletion of the queue', async () => {
      await specs.put({}, 'declare');
      await specs.all.fireNow(specs.queue, 'tidy');

      await deleteQueue(specs, { force: true });

      expect(await specs.leftovers()).to.deep.equal([]);
    });
  });

  describe('listing', () => {
    it('finds those of all queues, also of one that holds no job', async () => {
      await specs.put({ name: 'b' });
      await specs.put({ name: 'a' });

      const found = (await specs.all.list()).filter(({ queue }) => queue === specs.queue);

      expect(found.map(({ name }) => name)).to.deep.equal(['a', 'b']);
    });

    it('passes over what another version has stored', async () => {
      await specs.put();
      await specs.client.hset(specs.keys.schedules, 'odd', '{"name":"odd"}');

      expect((await specs.all.list(specs.queue)).map(({ name }) => name)).to.deep.equal(['tidy']);
    });

    it('shows the next ten firings, and marks the odd ones', async () => {
      await specs.put({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });

      const year = await specs.all.next(specs.queue, 'tidy', 366);
      const marks = year.flatMap(({ mark }) => (mark === null ? [] : [mark]));

      expect(await specs.all.next(specs.queue, 'tidy')).to.have.length.at.least(10);
      expect(year.filter(({ mark }) => mark !== 'skipped')).to.have.length(366);
      expect(marks).to.have.members(['shifted', 'repeated', 'skipped']);
    });

    it('refuses a count that cannot be', async () => {
      await specs.put();

      expect(await codeOf(specs.all.next(specs.queue, 'tidy', 0))).to.equal('JOB_INVALID');
    });

    for (const [what, call] of [
      ['next', () => specs.all.next(specs.queue, 'none')],
      ['firings', () => specs.all.firings(specs.queue, 'none')],
      ['pause', () => specs.all.pause(specs.queue, 'none', 'ada')],
      ['resume', () => specs.all.resume(specs.queue, 'none')],
      ['fireNow', () => specs.all.fireNow(specs.queue, 'none')],
    ] as const) {
      it(`says of ${what} that there is no such schedule`, async () => {
        expect(await codeOf(call())).to.equal('SCHEDULE_NOT_FOUND');
      });
    }
  });
});
