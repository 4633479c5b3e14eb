import { expect } from 'chai';
import { stringifyRecord } from '../../../lib/engine/record/record.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { bring, type SpecState, STATES, stateOf } from '../../support/job-states.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('Store', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const at = (id: string) => stateOf(engine, id);
  const bringTo = (id: string, state: SpecState) => bring(engine, session, id, state);

  describe('save', () => {
    it('puts a job into waiting, and says that it was created', async () => {
      expect(await engine.save('a')).to.equal(true);

      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    it('leaves a job alone whose id exists, in whatever state it is', async () => {
      for (const state of STATES) {
        await bringTo(state, state);
        const before = await engine.client.hget(engine.keys.jobs, state);

        expect(await engine.save(state, { timestamp: 99 }), state).to.equal(false);

        expect(await engine.client.hget(engine.keys.jobs, state)).to.equal(before);
        expect(await at(state)).to.equal(state);
      }
    });

    it('makes no second job of a save that is sent again, and takes it for its own', async () => {
      expect(await engine.save('a')).to.equal(true);
      expect(await engine.save('a')).to.equal(true);

      expect(await engine.waiting()).to.deep.equal(['a']);
    });

    it('makes no second job of a save sent again after the job has been taken', async () => {
      await engine.save('a');
      await take(session);

      await engine.save('a');

      expect(await engine.waiting()).to.deep.equal([]);
    });

    it('answers a batch in order, however large', async () => {
      await engine.save('job-1500');
      const jobs = Array.from({ length: 2_500 }, (_, at) => jobOf(`job-${at}`, 2));

      const created = await engine.store.save(jobs);

      expect(created.flatMap((one, at) => (one ? [] : [at]))).to.deep.equal([1_500]);
      expect(created).to.have.length(2_500);
      expect((await engine.waiting()).slice(0, 3)).to.deep.equal(['job-1500', 'job-0', 'job-1']);
    });

    it('stores of a call what is new, each where it belongs, also where the same id comes twice', async () => {
      await engine.save('known');
      const far = { at: 7_000_000_000_000 };
      const jobs = [
        jobOf('late', 1, {}, far),
        jobOf('known', 2),
        jobOf('a', 1),
        jobOf('later', 1, {}, { at: 8_000_000_000_000 }),
        jobOf('a', 2),
        jobOf('known', { id: 'known' }),
        jobOf('b', 1),
        jobOf('late', 2),
      ];

      const created = await engine.store.save(jobs);

      expect(created).to.deep.equal([true, false, true, true, false, true, true, false]);
      expect(await engine.waiting()).to.deep.equal(['known', 'a', 'b']);
      const due = await engine.client.zrange(engine.keys.delayed, 0, '-1', 'WITHSCORES');
      expect(due).to.deep.equal(['late', '7000000000000', 'later', '8000000000000']);
      expect((await engine.queries.job('a'))?.record.data).to.equal(1);
      expect((await engine.queries.job('late'))?.record.data).to.equal(1);
      expect(await engine.store.save(jobs)).to.deep.equal([
        true,
        false,
        true,
        true,
        false,
        true,
        true,
        false,
      ]);
    });

    it("counts a delay by Redis's clock", async () => {
      const [seconds] = await engine.client.time();

      await engine.save('a', {}, { inMs: 3_600_000 });

      const dueAt = Number(await engine.client.zscore(engine.keys.delayed, 'a'));
      expect(dueAt - Number(seconds) * 1_000).to.be.within(3_600_000, 3_660_000);
    });

    it('delays until a given time', async () => {
      await engine.save('a', {}, { at: 7_000_000_000_000 });

      expect(await engine.client.zscore(engine.keys.delayed, 'a')).to.equal('7000000000000');
      expect(await engine.waiting()).to.deep.equal([]);
    });

    it('announces a job that is due before all others, and no other', async () => {
      const announced: string[] = [];
      const subscriber = connect(redisTarget(), 'subscriber', { log: silentLog });
      subscriber.on('message', (_channel: string, message: string) => announced.push(message));
      await subscriber.subscribe(engine.keys.earlierDelayed);

      await engine.save('b', {}, { at: 7_000_000_000_000 });
      await engine.save('c', {}, { at: 8_000_000_000_000 });
      await engine.save('a', {}, { at: 6_000_000_000_000 });

      await until(() => announced.length >= 2, 'two were announced');
      await closeClient(subscriber);
      expect(announced).to.deep.equal(['7000000000000', '6000000000000']);
    });
  });

  describe('pause', () => {
    it('notes who paused the queue and when, until it is resumed', async () => {
      await engine.store.pause('ops', 5_000);
      expect((await engine.queries.snapshot(0)).paused).to.deep.equal({ by: 'ops', at: 5_000 });

      await engine.store.resume();
      expect((await engine.queries.snapshot(0)).paused).to.equal(null);
    });
  });

  describe('promoteDue', () => {
    it('moves what is due in the order of its times, and tells when the next is due', async () => {
      await engine.save('late', {}, { inMs: 3_600_000 });
      await engine.save('second', {}, { at: 2_000 });
      await engine.save('first', {}, { at: 1_000 });

      const { moved, nextInMs } = await engine.store.promoteDue();

      expect(moved).to.equal(2);
      expect(nextInMs).to.be.within(3_500_000, 3_600_000);
      expect(await engine.waiting()).to.deep.equal(['first', 'second']);
    });

    it('has nothing to say of an empty queue', async () => {
      expect(await engine.store.promoteDue()).to.deep.equal({ moved: 0, nextInMs: null });
    });

    it('moves a thousand at a time and says that more is due', async () => {
      const jobs = Array.from({ length: 1_001 }, (_, at) => jobOf(`job-${at}`, 1, {}, { at: 1 }));
      await engine.store.save(jobs);

      expect(await engine.store.promoteDue()).to.deep.equal({ moved: 1_000, nextInMs: 0 });
      expect(await engine.store.promoteDue()).to.deep.equal({ moved: 1, nextInMs: null });
    });
  });

  it('writes a record as bee-queue does', async () => {
    await engine.add('a');

    const stored = await engine.client.hget(engine.keys.jobs, 'a');

    const record = { data: { id: 'a' }, options: { timestamp: 1 }, status: 'created', progress: 0 } as const;
    expect(stored).to.equal(stringifyRecord(record));
  });
});
