import { expect } from 'chai';
import { ApiaryError, type ErrorCode } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../support/engine.ts';
import { join } from '../support/group.ts';

describe('Inspector', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  const codeOf = (answer: Promise<unknown>): Promise<ErrorCode | null> =>
    answer.then(
      () => null,
      (error) => (error instanceof ApiaryError ? error.code : null),
    );

  describe('history', () => {
    it('tells of 90 days unless asked for fewer', async () => {
      expect(await inspector.history(queue)).to.have.length(90);
      expect(await inspector.history(queue, 2)).to.have.length(2);
    });

    it('counts what was made to fail before it ran', async () => {
      await engine.add('a', 'b', 'c', 'd');
      await engine.save('e', {}, { inMs: 3_600_000 });
      await join(engine, ['f', 'g']);
      const failedToday = async () => (await inspector.history(queue, 1))[0]?.failed;

      await inspector.archive(queue, 'a', 'ada');
      await inspector.cancel(queue, 'b', 'ada');
      expect(await failedToday()).to.equal(2);
      await inspector.archive(queue, 'f', 'ada');
      await inspector.cancel(queue, 'g', 'ada');
      expect(await failedToday()).to.equal(4);
      await inspector.archiveAll(queue, 'waiting', { by: 'ada' });
      await inspector.archiveAll(queue, 'delayed', { by: 'ada' });
      expect(await failedToday()).to.equal(7);

      await inspector.removeAll(queue, 'failed');
      await inspector.remove(queue, 'a');
      expect(await failedToday()).to.equal(7);
    });

    for (const days of [0, 91, 1.5, Number.NaN]) {
      it(`refuses ${days} days`, async () => {
        expect(await codeOf(inspector.history(queue, days))).to.equal('JOB_INVALID');
      });
    }
  });

  describe('calls on many jobs', () => {
    it('go by the name of the queue where a job has no type', async () => {
      await engine.add('a');
      await engine.save('b', { type: 'other' });

      expect(await inspector.removeAll(queue, 'waiting', { type: queue })).to.equal(1);

      expect((await inspector.queue(queue)).counts).to.include({ waiting: 1 });
    });

    it('take what one call puts away for the next', async () => {
      await engine.add('a');
      await engine.save('b', {}, { inMs: 3_600_000 });

      expect(await inspector.promoteAll(queue)).to.equal(1);
      expect(await inspector.archiveAll(queue, 'waiting', { by: 'ada' })).to.equal(2);
      expect(await inspector.retryAll(queue, { error: 'archived by ada' })).to.equal(2);
      expect(await inspector.removeAll(queue, 'waiting')).to.equal(2);
    });

    it('refuse what could mean more than was meant', async () => {
      await engine.add('a');
      const filter = JSON.parse('{ "typ": "email.send" }');

      expect(await codeOf(inspector.removeAll(queue, 'waiting', filter))).to.equal('JOB_INVALID');
      expect(await codeOf(inspector.removeAll(queue, 'active' as 'waiting'))).to.equal('JOB_STATE_FORBIDS');

      expect((await inspector.queue(queue)).counts).to.include({ waiting: 1 });
    });
  });

  describe('archive', () => {
    it('shows who did it', async () => {
      await engine.add('a');

      expect(await inspector.archive(queue, 'a', 'ada')).to.deep.equal({
        done: true,
        was: 'waiting',
      });

      const job = await inspector.job(queue, 'a');
      expect(job).to.include({ state: 'failed', outcome: 'discarded', attempts: 0 });
      expect(job?.errors[0]).to.include({ name: 'Archived', message: 'archived by ada', attempt: 0 });
    });
  });

  describe('deleteQueue', () => {
    it('deletes a queue, once', async () => {
      await engine.add('a');

      expect(await inspector.deleteQueue(queue, { force: true })).to.equal(true);
      expect(await inspector.deleteQueue(queue)).to.equal(false);

      expect(await inspector.queueNames()).not.to.include(queue);
    });

    it('refuses one with jobs, and says how many', async () => {
      await engine.add('a', 'b');

      const error = await inspector.deleteQueue(queue).catch((thrown) => thrown);

      expect(error).to.include({
        code: 'JOB_STATE_FORBIDS',
        message: `queue ${queue} was not deleted: it holds 2 jobs, and force was not set`,
      });
    });

    it('refuses one whose jobs run, even if forced', async () => {
      await engine.add('a');
      await take(engine.session());

      expect(await codeOf(inspector.deleteQueue(queue, { force: true }))).to.equal('JOB_STATE_FORBIDS');

      expect((await inspector.queue(queue)).counts).to.include({ active: 1 });
    });

    it('deletes one whose jobs run where that is asked for too, and their ends change nothing', async () => {
      await engine.add('a');
      const session = engine.session();
      const running = await take(session);

      expect(await inspector.deleteQueue(queue, { force: true, running: true })).to.equal(true);

      const [a] = running;
      if (a) expect(await settle(session, [a, outcomes.succeeded])).to.deep.equal(['a']);
      expect(await engine.client.keys(`${engine.keys.jobs.slice(0, -'jobs'.length)}*`)).to.deep.equal([]);
      expect(await session.renew([])).to.deep.equal({ state: 'burnt' });
    });
  });
});
