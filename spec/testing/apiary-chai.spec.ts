import { AssertionError, expect, use } from 'chai';
import sinon from 'sinon';
import { z } from 'zod';
import { createProducer, DiscardJob, defineJob, handle, handleGroup } from '../../lib/index.ts';
import { apiaryChai, runJob, type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';
import { refusal, rejection } from '../support/refusal.ts';

use(apiaryChai);

describe('apiaryChai', () => {
  const Mail = defineJob({
    type: 'mail',
    queue: 'mail',
    schema: z.object({ to: z.string(), items: z.array(z.number()).default([]) }),
    retries: 1,
  });
  const Other = defineJob({ type: 'other', schema: z.object({}) });

  describe('enqueued', () => {
    let kit: TestApiary;

    beforeEach(async () => {
      kit = await testApiary({ handlers: [handle(Mail, () => undefined)], redis: redisUrl() });
      await kit.producer.add(Mail, { to: 'ada', items: [1, 2] });
      await kit.producer.add(Mail, { to: 'bob' }, { delayMs: 60_000 });
    });
    afterEach(() => kit.close());

    const failure = async (expectation: PromiseLike<undefined>): Promise<Error> => {
      try {
        await expectation;
      } catch (error) {
        if (error instanceof AssertionError) return error;
        throw error;
      }
      throw new Error('it did not fail');
    };

    it('finds what was added, by data, count, queue and time', async () => {
      const { producer } = kit;
      const inAMinute = kit.now().getTime() + 60_000;

      await expect(producer).to.have.enqueued(Mail);
      await expect(kit).to.have.enqueued(Mail).times(2).inQueue('mail');
      await expect(producer).to.have.enqueued(Mail).with({ to: 'ada' }).times(1);
      await expect(producer)
        .to.have.enqueued(Mail)
        .with({ items: [1, 2] });
      await expect(producer)
        .to.have.enqueued(Mail)
        .with({ to: sinon.match(/^b/) });
      await expect(producer)
        .to.have.enqueued(Mail)
        .with(({ to }: { to: string }) => to === 'bob');
      await expect(producer).to.have.enqueued(Mail).with({ to: /bob/ }).runAt(new Date(inAMinute));
      await expect(producer)
        .to.have.enqueued(Mail)
        .runAt(inAMinute + 900, 1_000);
      await expect(producer).to.not.have.enqueued(Other);
      await expect(producer).to.not.have.enqueued(Mail).with({ to: 'cy' });
      await expect(producer).to.not.have.enqueued(Mail).inQueue('default');
    });

    it('finds jobs that ran too, and those that are carried with their group', async () => {
      const Tell = defineJob({ type: 'tell', schema: z.object({ n: z.number() }), group: {} });
      const own = await testApiary({ handlers: [handleGroup(Tell, () => undefined)], redis: redisUrl() });
      await own.producer.addMany(Tell, [{ n: 1 }, { n: 2 }], { group: 'ada' });
      await own.drain({ withDelayed: true });

      await expect(own).to.have.enqueued(Tell).times(2);
      await expect(own).to.have.enqueued(Tell).with({ n: 2 }).times(1);
      await own.close();
      await kit.drain();
      await expect(kit).to.have.enqueued(Mail).with({ to: 'ada' });
    });

    it('shows in a diff what was added instead', async () => {
      const failed = await failure(expect(kit.producer).to.have.enqueued(Mail).with({ to: 'cy' }));

      expect(failed.message).to.include(
        'expected {"type":"mail","data":{"to":"cy"}} to be enqueued at least once',
      );
      expect(failed).to.include({ showDiff: true });
      expect(failed).to.have.deep.property('expected', [{ type: 'mail', data: { to: 'cy' } }]);
      expect(failed).to.have.deep.nested.property('actual[0]', {
        type: 'mail',
        queue: 'mail',
        data: { to: 'ada', items: [1, 2] },
        runAt: null,
      });
    });

    it('fails on a wrong count, a wrong time, and on what is denied', async () => {
      const { producer } = kit;

      expect((await failure(expect(producer).to.have.enqueued(Mail).times(1))).message).to.include(
        'it was 2 times',
      );
      await failure(expect(producer).to.have.enqueued(Mail).runAt(kit.now()));
      expect((await failure(expect(producer).to.not.have.enqueued(Mail))).message).to.include(
        'not to be enqueued',
      );
      await failure(expect(producer).to.have.enqueued(Other));
    });

    it('refuses a producer of no kit', async () => {
      const producer = createProducer({ redis: redisUrl() });

      const refused = refusal(() => expect(producer).to.have.enqueued(Mail));

      expect(refused.message).to.include('takes what testApiary(…) gave: the kit or its producer');
      await producer.close();
    });

    it('lets close tell of an expectation that nobody awaited', async () => {
      const own = await testApiary({ handlers: [], redis: redisUrl() });
      void expect(own).to.have.enqueued(Mail);

      expect((await rejection(own.close())).message).to.include('nobody awaited an expectation');
    });
  });

  describe('of what ran', () => {
    const ran = (run: () => unknown) => runJob(handle(Mail, run), { to: 'ada' }, { now: 1_900_000_000_000 });
    const throwing = (error: Error) => () => {
      throw error;
    };

    it('knows what succeeded, and with what', async () => {
      const succeeded = await ran(() => ({ id: 7, extra: true }));

      expect(succeeded).to.have.succeeded;
      expect(succeeded).to.have.succeeded.with({ id: 7 });
      expect(succeeded).to.not.have.succeeded.with({ id: 8 });
      expect(() => expect(succeeded).to.have.succeeded.with({ id: 8 })).to.throw(
        AssertionError,
        'succeeded with that',
      );
      expect(() => expect(succeeded).to.have.beenDiscarded).to.throw(
        AssertionError,
        'its outcome is succeeded',
      );
      expect(() => expect(succeeded).to.have.failedWith(/./)).to.throw(AssertionError);
    });

    it('knows what failed, of what, and when it is tried again', async () => {
      const failed = await ran(throwing(new TypeError('no such mailbox')));

      expect(failed).to.have.failedWith('mailbox');
      expect(failed).to.have.failedWith(/^no such/);
      expect(failed).to.have.failedWith(TypeError);
      expect(failed).to.not.have.failedWith(RangeError);
      expect(failed).to.have.retriedAt(1_900_000_001_000);
      expect(failed).to.have.retriedAt(new Date(1_900_000_000_500), 500);
      expect(failed).to.not.have.retriedAt(1_900_000_000_000);
      expect(() => expect(failed).to.have.succeeded).to.throw(AssertionError, 'retrying (no such mailbox)');
    });

    it('knows what was discarded', async () => {
      const discarded = await ran(throwing(new DiscardJob('never')));

      expect(discarded).to.have.beenDiscarded;
      expect(() => expect(discarded).to.not.have.beenDiscarded).to.throw(
        AssertionError,
        'not to have been discarded',
      );
    });

    it('refuses what is no report', () => {
      expect(refusal(() => expect({}).to.have.succeeded).message).to.include('what runJob(…) resolved with');
    });
  });
});
