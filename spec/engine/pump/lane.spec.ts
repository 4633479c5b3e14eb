import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { ActiveJob } from '../../../lib/engine/pump/active-job.ts';
import { Lane } from '../../../lib/engine/pump/lane.ts';
import { ReadyJobs } from '../../../lib/engine/pump/ready-jobs.ts';
import { Suspects } from '../../../lib/engine/pump/suspects.ts';
import { Waiter } from '../../../lib/engine/pump/waiter.ts';
import { Session } from '../../../lib/engine/session/session.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, take } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';
import { type LossyWire, lossyWire } from '../model/lossy-wire.ts';

/** Time stands still: what waits for a timer waits for ever. */
const STANDING_CLOCK = { ...systemClock, sleep: () => new Promise<void>(() => {}) };

/** A session whose answers are dealt with later than they come. */
class LateSession extends Session {
  /** Resolves when the answer to the last beat was dealt with. */
  beaten: Promise<void> = Promise.resolve();
  readonly #gates = new Map<'exchange' | 'renew', Gate>();

  constructor({ client, keys }: Pick<SpecEngine, 'client' | 'keys'>) {
    const options = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always' } as const;
    super({ client, keys, clock: systemClock }, options);
  }

  /** Holds the answer to the next call of this kind back. */
  hold(what: 'exchange' | 'renew'): Gate {
    const gate = new Gate();
    this.#gates.set(what, gate);
    return gate;
  }

  override async exchange(...args: Parameters<Session['exchange']>): ReturnType<Session['exchange']> {
    const gate = this.#take('exchange');
    const exchange = await super.exchange(...args);
    await gate?.pass();
    return exchange;
  }

  override async renew(running: readonly string[]): ReturnType<Session['renew']> {
    const gate = this.#take('renew');
    let beaten = (): void => {};
    this.beaten = new Promise((resolve) => {
      // Behind what the lane does with it at once.
      beaten = () => setImmediate(resolve);
    });
    const beat = await super.renew(running);
    await gate?.pass();
    beaten();
    return beat;
  }

  #take(what: 'exchange' | 'renew'): Gate | undefined {
    const gate = this.#gates.get(what);
    this.#gates.delete(what);
    return gate;
  }
}

/** Where an answer waits to be dealt with. */
class Gate {
  #answered = (): void => {};
  #opened = (): void => {};
  readonly answered = new Promise<void>((resolve) => {
    this.#answered = resolve;
  });
  readonly #open = new Promise<void>((resolve) => {
    this.#opened = resolve;
  });

  open(): void {
    this.#opened();
  }

  pass(): Promise<void> {
    this.#answered();
    return this.#open;
  }
}

describe('Lane', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });

  afterEach(() => engine.close());

  /** A lane that tells which session it has. */
  interface SpecLane extends Lane {
    readonly session: Session;
  }

  function openLane({
    blocking = engine.client,
    session = engine.session(),
    suspects = new Suspects(),
    onFenced = (_job: ActiveJob): void => {},
    brought = [] as ActiveJob[],
  } = {}): SpecLane {
    const { client, keys } = engine;
    const ignore = (): void => {};
    const lane = new Lane({
      queue: 'mail',
      weight: 1,
      concurrency: 1,
      idleSince: () => null,
      worker: 'host:1',
      session,
      waiter: new Waiter({ blocking, commands: client, keys, connectionName: 'none' }),
      clock: STANDING_CLOCK,
      suspects,
      hooks: { settled: ignore, fenced: onFenced, recovered: ignore, troubled: ignore },
      wake: ignore,
      brought: async (jobs) => void brought.push(...jobs),
    });
    return Object.assign(lane, { session });
  }

  it('settles what ends while the queue is paused, without waiting for the next look at the pause', async () => {
    await engine.add('a');
    const lane = openLane();
    const [job] = await lane.exchange(1);
    await engine.store.pause('ops', 1);
    await lane.exchange(1);
    if (job) lane.end(job, { kind: 'succeeded', result: 1, resultJson: '1' }, 5);

    expect(lane.takes(1)).to.equal(false);
    expect(lane.hasEnded).to.equal(true);
    await lane.exchange(0);

    expect(await engine.queries.job('a')).to.include({ state: 'succeeded' });
  });

  it('begins nothing that it took, and takes nothing, when its lease may be over, until it is renewed', async () => {
    await engine.add('a', 'b');
    let stoodMs = 0;
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + stoodMs };
    const options = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always' } as const;
    const lane = openLane({ session: new Session({ ...engine, clock }, options) });
    const ready = new ReadyJobs([lane]);
    ready.add(lane, await lane.exchange(1));
    const isBack = async (): Promise<boolean> => (await engine.waiting()).join() === 'a,b';

    stoodMs = 50_000;

    expect(ready.next(clock.elapsed())).to.equal(undefined);
    await until(isBack, 'what was taken is back, and in its place');
    expect(lane.takes(1)).to.equal(false);
    await lane.beat();
    expect(lane.takes(1)).to.equal(true);
    ready.add(lane, await lane.exchange(1));
    expect(ready.next(clock.elapsed())?.job).to.include({ id: 'a' });
  });

  it('waits on when its wait brings a job and an exchange that was under way finds nothing', async () => {
    const others = openEngine();
    const brought: ActiveJob[] = [];
    const lane = openLane({ blocking: others.client, brought });
    const gate = `${engine.keys.jobs}-gate`;
    await lane.exchange(1);
    // What is sent on the connection of the exchanges is held up behind this, while the wait has one of its own.
    const held = engine.client.blpop(gate, 0);
    const late = lane.exchange(1);
    const third = openEngine();
    const add = async (id: string): Promise<void> => {
      await third.client.hset(engine.keys.jobs, id, '{"data":1,"options":{"timestamp":1}}');
      await third.client.lpush(engine.keys.waiting, id);
    };
    await add('a');
    await until(() => brought.length === 1, 'the wait brought it');

    await third.client.lpush(gate, 'open');
    await held;
    expect(await late).to.deep.equal([]);
    await add('b');
    await until(() => brought.length === 2, 'it waited on');

    expect(brought.map(({ id }) => id)).to.deep.equal(['a', 'b']);
    await lane.stopTaking();
    await Promise.all([others.close(), third.close()]);
  });

  describe('with a job that was removed while it ran and added again under its id', () => {
    const succeeded = { kind: 'succeeded', result: 1, resultJson: '1' } as const;
    let fenced: ActiveJob[];
    let lane: SpecLane;
    let wire: LossyWire;
    let others: SpecEngine;
    let old: ActiveJob;

    beforeEach(async () => {
      fenced = [];
      others = openEngine();
      wire = lossyWire(engine.client);
      const session = new LateSession({ ...engine, client: wire.client });
      lane = openLane({ session, blocking: others.client, onFenced: (job) => fenced.push(job) });
      await engine.store.save([jobOf('a', 'old')]);
      old = (await lane.exchange(1))[0] ?? expect.fail('there was nothing to take');
      await engine.store.remove('a');
      await engine.store.save([jobOf('a', 'new')]);
    });
    afterEach(() => others.close());
    /** The first exchange hears of the removal. */
    const takeNew = async (): Promise<ActiveJob> => {
      expect(await lane.exchange(1)).to.deep.equal([]);
      return (await lane.exchange(1))[0] ?? expect.fail('there was nothing to take');
    };
    const stored = async () => {
      const { record, state } = (await engine.queries.job('a')) ?? expect.fail('it is gone');
      return [record.data, state];
    };

    it('lets the attempt at the old one change nothing, whether it ends after or before the new one does', async () => {
      const taken = await takeNew();

      lane.end(old, succeeded, 5);
      await lane.exchange(0);

      expect(fenced).to.deep.equal([old]);
      expect(old.abortReason).to.equal('lost');
      expect(await stored()).to.deep.equal(['new', 'active']);

      lane.end(taken, succeeded, 5);
      await lane.exchange(0);
      expect(await stored()).to.deep.equal(['new', 'succeeded']);
      expect(fenced).to.deep.equal([old]);
    });

    it('forgets how the old one ended when that was not settled before the new one was taken', async () => {
      lane.end(old, succeeded, 5);

      await takeNew();
      await lane.exchange(0);

      expect(fenced).to.deep.equal([old]);
      expect(await stored()).to.deep.equal(['new', 'active']);
    });

    for (const endsFirst of [true, false]) {
      const when = endsFirst ? 'before' : 'after';
      it(`changes nothing of the new one when the answer to its take is lost ${when} the old one ends`, async () => {
        if (endsFirst) lane.end(old, succeeded, 5);
        wire.isLossy = true;
        await lane.exchange(1);
        if (!endsFirst) lane.end(old, succeeded, 5);
        await lane.exchange(1);
        await lane.exchange(0);

        expect(fenced).to.deep.equal([old]);
        expect(await stored()).to.deep.equal(['new', 'active']);
      });
    }

    it('drops the old one at once where it was told, and takes on', async () => {
      await lane.exchange(1);

      expect(old.abortReason).to.equal('lost');
      expect(lane.takes(1)).to.equal(true);
      expect((await lane.exchange(1)).map(({ id }) => id)).to.deep.equal(['a']);
      expect(await engine.client.exists(engine.keys.revoked)).to.equal(0);
    });
  });

  describe('when the answers to a take and to a beat come together', () => {
    const claimed = (lane: SpecLane) => engine.client.smembers(engine.keys.claims(lane.session.incarnation));

    it('keeps the job when that to the beat is dealt with first, at this attempt and at the next', async () => {
      await engine.save('a', { retries: 9 });
      const session = new LateSession(engine);
      const lane = openLane({ session });
      await lane.beat();
      for (let attempt = 1; attempt <= 3; attempt++) {
        const late = session.hold('exchange');
        const taking = lane.exchange(1);
        const beating = lane.beat();
        await Promise.all([late.answered, session.beaten]);

        late.open();
        const [[job]] = await Promise.all([taking, beating]);

        expect(await claimed(lane), `attempt ${attempt}`).to.deep.equal(['a']);
        expect(await engine.waiting()).to.deep.equal([]);
        expect([job?.id, job?.abortReason]).to.deep.equal(['a', null]);
        if (job) lane.end(job, outcomes.retryIn(0), 5);
        await lane.exchange(0);
      }
    });

    it('keeps the job when that to the beat is dealt with after it has ended and was taken again', async () => {
      await engine.save('a', { retries: 9 });
      const session = new LateSession(engine);
      const lane = openLane({ session });
      await lane.beat();
      for (let attempt = 1; attempt <= 3; attempt++) {
        const lateBeat = session.hold('renew');
        const taking = lane.exchange(1);
        const beating = lane.beat();
        const [first] = await taking;
        if (first) lane.end(first, outcomes.retryIn(0), 5);
        await lane.exchange(0);
        const lateTake = session.hold('exchange');
        const retaking = lane.exchange(1);
        await Promise.all([lateBeat.answered, lateTake.answered]);

        lateBeat.open();
        await session.beaten;
        lateTake.open();
        const [[second]] = await Promise.all([retaking, beating]);

        expect(await claimed(lane), `attempt ${attempt}`).to.deep.equal(['a']);
        expect(await engine.waiting()).to.deep.equal([]);
        expect([second?.id, second?.abortReason]).to.deep.equal(['a', null]);
        if (second) lane.end(second, outcomes.retryIn(0), 5);
        await lane.exchange(0);
      }
    });

    it('keeps a job of a dead worker that it is about to fail', async () => {
      await engine.add('a');
      const lane = openLane();
      await lane.beat();
      const dead = engine.session({ leaseMs: 0 });
      await take(dead);

      const recovering = lane.recover({ lossLimit: 1, orphanIntervalMs: 60_000 });
      await until(async () => (await claimed(lane)).length > 0, 'the claim is there');
      await Promise.all([recovering, lane.beat()]);

      expect(await claimed(lane)).to.deep.equal(['a']);
      expect(lane.hasEnded).to.equal(true);
    });

    it('gives back what was taken by a take whose answer was lost, at the first beat after', async () => {
      await engine.add('a', 'b');
      const lane = openLane();
      const [kept] = await lane.exchange(1);
      await lane.session.exchange([], 1);

      await lane.beat();

      expect(kept?.id).to.equal('a');
      expect(await claimed(lane)).to.deep.equal(['a']);
      expect(await engine.waiting()).to.deep.equal(['b']);
      expect((await lane.exchange(1)).map(({ id }) => id)).to.deep.equal(['b']);
    });

    it('stops no new attempt at a job because the one before was cancelled', async () => {
      await engine.save('a', { retries: 9 });
      const lane = openLane();
      const [first] = await lane.exchange(1);
      await engine.client.sadd(engine.keys.cancelled, 'a');

      const recovering = lane.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
      if (first) lane.end(first, outcomes.retryIn(0), 5);
      const asked = lane.exchange(0);
      const third = openEngine();
      await asked;
      await third.client.srem(engine.keys.cancelled, 'a');
      const [[second]] = await Promise.all([lane.exchange(1), recovering]);

      expect(second?.id).to.equal('a');
      expect(second?.abortReason).to.equal(null);
      await third.close();
    });
  });

  describe('with jobs that were there when a worker died', () => {
    beforeEach(async () => {
      await engine.add('a', 'b');
      await engine.client.hset(engine.keys.losses, { a: '1', b: '1' });
    });

    it('runs one at a time, also beside another lane of the process, and the next when it has ended', async () => {
      const suspects = new Suspects();
      const [one, other] = [openLane({ suspects }), openLane({ suspects })];

      expect(await one.exchange(2), 'is told of them first').to.deep.equal([]);
      const [first] = await one.exchange(2);
      expect(first?.id).to.equal('a');
      expect(await other.exchange(2)).to.deep.equal([]);
      expect(await other.exchange(2)).to.deep.equal([]);
      expect([one.takes(1), other.takes(1)], 'nobody asks again and again').to.deep.equal([false, false]);

      if (first) one.end(first, outcomes.succeeded, 5);

      expect(other.takes(1)).to.equal(true);
      expect((await other.exchange(2)).map(({ id }) => id)).to.deep.equal(['b']);
    });

    for (const [how, over] of [
      ['is given back before it began', (lane: SpecLane, job: ActiveJob) => lane.release([job])],
      [
        'is lost before it began',
        async (lane: SpecLane) => {
          await engine.client.zrem(engine.keys.workers, lane.session.incarnation);
          await lane.beat();
        },
      ],
      ['was held by a lane that has ended', (lane: SpecLane) => lane.leave()],
    ] as const) {
      it(`lets another lane run one when the one that ran ${how}`, async () => {
        const suspects = new Suspects();
        const [one, other] = [openLane({ suspects }), openLane({ suspects })];
        await one.exchange(1);
        const [first] = await one.exchange(1);
        await other.exchange(1);

        if (first) await over(one, first);

        expect(other.takes(1)).to.equal(true);
        expect(await other.exchange(1)).to.have.lengthOf(1);
      });
    }
  });

  it('takes again as soon as a job ends that holds others back by a limit', async () => {
    const { client, keys } = engine;
    const waits = openEngine();
    const lane = openLane({ blocking: waits.client });
    await writeLimits(client, keys, { limits: { perKey: { concurrency: 1 } }, by: 'spec', at: 1 });
    for (const id of ['a1', 'a2']) await engine.save(id, { key: 'a' });
    const [first] = await lane.exchange(2);
    const before = lane.takes(1);

    if (first) lane.end(first, { kind: 'succeeded', result: 1, resultJson: '1' }, 5);

    expect(before).to.equal(false);
    expect(lane.takes(1)).to.equal(true);
    expect((await lane.exchange(1)).map(({ id }) => id)).to.deep.equal(['a2']);
    await waits.close();
  });
});
