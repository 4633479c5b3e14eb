import { expect } from 'chai';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { idsOf, openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const { succeeded, failed, retryIn, snoozed, interrupted } = outcomes;

describe('Session.exchange, settling', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  describe('settle', () => {
    it('stores a success', async () => {
      await engine.add('a');

      await settle(session, [await takeOne(session), succeeded]);

      expect(await engine.options('a')).to.deep.include({ result: 1, run: [1, 1_000, 5, 'spec:1'] });
      expect(await engine.state('a')).to.equal('succeeded');
      expect(await engine.active()).to.deep.equal([]);
    });

    it('stores a failure', async () => {
      await engine.add('a');

      await settle(session, [await takeOne(session), failed]);

      expect((await engine.options('a'))?.errors?.[0]).to.include({ message: 'no luck' });
      expect(await engine.state('a')).to.equal('failed');
    });

    it('settles a batch in any order and leaves the others running', async () => {
      await engine.add('a', 'b', 'c', 'd');
      const [a, b, c, d] = (await take(session)) as [Taken, Taken, Taken, Taken];

      await settle(session, [c, succeeded], [a, failed]);
      expect(await engine.active()).to.deep.equal(['b', 'd']);

      await settle(session, [d, retryIn(0)], [b, interrupted]);
      expect(await engine.active()).to.deep.equal([]);
      expect(await engine.waiting()).to.deep.equal(['b', 'd']);
    });

    it('puts an immediate retry behind what waits, with one retry less', async () => {
      await engine.save('a', { retries: 2 });
      await engine.add('b');

      await settle(session, [await takeOne(session), retryIn(0)]);

      expect(await engine.waiting()).to.deep.equal(['b', 'a']);
      expect(await engine.options('a')).to.include({ retries: 1 });
    });

    it("delays a later retry by Redis's clock", async () => {
      await engine.save('a', { retries: 1 });
      const taken = await takeOne(session);
      const before = Number((await engine.client.time())[0]) * 1_000;

      await settle(session, [taken, retryIn(3_600_000)]);

      const dueAt = Number(await engine.client.zscore(engine.keys.delayed, 'a'));
      expect(dueAt - before).to.be.within(3_600_000, 3_660_000);
      expect(await engine.waiting()).to.deep.equal([]);
    });

    it('puts off a snoozed job without changing its record', async () => {
      await engine.add('a', 'b');
      const before = await engine.options('a');
      const [a, b] = (await take(session)) as [Taken, Taken];

      await settle(session, [a, snoozed(3_600_000)], [b, snoozed(0)]);

      expect(await engine.state('a')).to.equal('delayed');
      expect(await engine.waiting()).to.deep.equal(['b']);
      expect(await engine.options('a')).to.deep.equal(before);
    });

    it('puts interrupted jobs back at the head in their old order, untouched', async () => {
      await engine.add('a', 'b', 'c', 'd');
      const before = await engine.options('a');
      const [a, b, c] = (await take(session, 3)) as [Taken, Taken, Taken];

      await settle(session, [a, interrupted], [b, interrupted], [c, interrupted]);

      expect(await engine.waiting()).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(await engine.options('a')).to.deep.equal(before);
    });

    it('settles and takes in one exchange', async () => {
      await engine.add('a', 'b');
      const { id } = await takeOne(session);

      const exchange = await session.exchange([[id, 'I', '', '']], 2);

      expect(idsOf(exchange.taken)).to.deep.equal(['a', 'b']);
    });

    it('settles more jobs at once than one call of a script takes', async () => {
      const ids = Array.from({ length: 2_500 }, (_, at) => `job-${at}`);
      await engine.add(...ids);
      const taken = [
        await take(session, 1_000),
        await take(session, 1_000),
        await take(session, 1_000),
      ].flat();

      const fenced = await settle(
        session,
        ...taken.map((one): [Taken, typeof succeeded] => [one, succeeded]),
      );

      expect(fenced).to.deep.equal([]);
      expect(await engine.queries.counts()).to.include({ succeeded: 2_500, active: 0 });
    });

    it("announces the ends that bee-queue's clients wait for", async () => {
      const messages: string[] = [];
      const subscriber = connect(redisTarget(), 'subscriber', { log: silentLog });
      subscriber.on('message', (_channel: string, message: string) => messages.push(message));
      await subscriber.subscribe(engine.keys.events);
      await engine.add('a', 'b', 'c');
      const [a, b, c] = (await take(session)) as [Taken, Taken, Taken];

      await settle(session, [a, succeeded], [b, failed], [c, retryIn(0)]);

      await until(() => messages.length >= 3, 'three events came');
      await closeClient(subscriber);
      expect(messages.map((message) => JSON.parse(message))).to.deep.equal([
        { id: 'a', event: 'succeeded', data: 1 },
        { id: 'b', event: 'failed', data: 'no luck' },
        { id: 'c', event: 'retrying', data: 'no luck' },
      ]);
    });

    it('counts what ended today', async () => {
      await engine.add('a', 'b', 'c');
      const [a, b, c] = (await take(session)) as [Taken, Taken, Taken];

      await settle(session, [a, succeeded], [b, failed], [c, succeeded]);

      expect(await engine.queries.snapshot(Date.now())).to.include({ processedToday: 3, failedToday: 1 });
    });
  });

  describe('retention', () => {
    const finish = async (
      of: Session,
      outcome: typeof succeeded | typeof failed,
      ids: string[],
    ): Promise<void> => {
      for (const id of ids) {
        await engine.add(id);
        await settle(of, [await takeOne(of), outcome]);
      }
    };

    for (const [outcome, options] of [
      [succeeded, { keepSucceeded: 2 }],
      [failed, { keepFailed: 2 }],
    ] as const) {
      it(`keeps as many ${outcome.kind} jobs as it should, the newest`, async () => {
        await finish(engine.session(options), outcome, ['a', 'b', 'c', 'd']);

        const kept = await engine.queries.page(outcome.kind, 0, 10);

        expect(kept.map(({ id }) => id)).to.deep.equal(['d', 'c']);
        expect(await engine.queries.counts()).to.include({ [outcome.kind]: 2 });
        expect(await engine.client.hlen(engine.keys.jobs)).to.equal(2);
      });

      it(`keeps no ${outcome.kind} job where none should be kept`, async () => {
        const none = Object.fromEntries(Object.keys(options).map((name) => [name, 0]));

        await finish(engine.session(none), outcome, ['a', 'b']);

        expect(await engine.queries.counts()).to.include({ [outcome.kind]: 0 });
        expect(await engine.client.hlen(engine.keys.jobs)).to.equal(0);
      });

      it(`keeps every ${outcome.kind} job where all should be kept`, async () => {
        await finish(session, outcome, ['a', 'b', 'c']);

        expect(await engine.queries.counts()).to.include({ [outcome.kind]: 3 });
      });
    }
  });
});
