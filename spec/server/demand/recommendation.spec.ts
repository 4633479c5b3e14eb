import { expect } from 'chai';
import fc from 'fast-check';
import { type Demand, recommendWorkers } from '../../../lib/server/demand/recommendation.ts';

const IDLE: Demand = {
  waiting: 0,
  isExpecting: false,
  isPaused: false,
  busySlots: 0,
  inPerMin: 0,
  outPerMin: 0,
  workers: 0,
  slotsEach: 10,
  mostRunning: null,
  mostPerMin: null,
};

/** 50 jobs a second come and end, each in 0.6 s: 30 slots, 3 workers. */
const STEADY: Demand = { ...IDLE, busySlots: 30, inPerMin: 3_000, outPerMin: 3_000, workers: 3 };

describe('recommendWorkers', () => {
  it('recommends nobody for an idle queue', () => {
    expect(recommendWorkers(IDLE)).to.equal(0);
    expect(recommendWorkers({ ...IDLE, workers: 5 })).to.equal(0);
    expect(recommendWorkers({ ...IDLE, inPerMin: null, outPerMin: null })).to.equal(0);
  });

  const something: [string, Partial<Demand>][] = [
    ['a job waits', { waiting: 1 }],
    ['a job runs', { busySlots: 0.01 }],
    ['jobs came in the last minutes', { inPerMin: 0.2 }],
    ['a job is delayed', { isExpecting: true }],
    ['a job is delayed in a paused queue', { isExpecting: true, isPaused: true }],
    ['a job waits and nothing is known of the rates', { waiting: 1, inPerMin: null, outPerMin: null }],
  ];
  for (const [what, changes] of something) {
    it(`recommends one while ${what}`, () => {
      expect(recommendWorkers({ ...IDLE, ...changes })).to.equal(1);
    });
  }

  it('recommends what keeps up with what comes, by rate and time in a slot', () => {
    expect(recommendWorkers(STEADY)).to.equal(3);
    expect(recommendWorkers({ ...STEADY, inPerMin: 6_000 })).to.equal(6);
    expect(recommendWorkers({ ...STEADY, inPerMin: 1_000 })).to.equal(1);
    expect(recommendWorkers({ ...STEADY, slotsEach: 3 })).to.equal(10);
  });

  it('adds what works off in a minute what waits', () => {
    // 6,000 jobs of 0.6 s are 3,600 s of work, and a minute of 60 slots.
    expect(recommendWorkers({ ...STEADY, waiting: 6_000 })).to.equal(9);
    expect(recommendWorkers({ ...STEADY, waiting: 6_000 }, { backlogSeconds: 30, most: 1_000 })).to.equal(15);
  });

  it('gives a job no more than a slot, however long it takes', () => {
    // Each takes 10 minutes.
    const long = { ...IDLE, busySlots: 20, inPerMin: 2, outPerMin: 2 };

    expect(recommendWorkers(long)).to.equal(2);
    expect(recommendWorkers({ ...long, waiting: 30 })).to.equal(5);
  });

  it('gives each a slot where none has ended', () => {
    const endless = { ...IDLE, busySlots: 10, waiting: 31, inPerMin: 8, outPerMin: 0 };

    expect(recommendWorkers(endless)).to.equal(5);
  });

  it('stays with the workers that there are while nothing is known', () => {
    const unknown = { ...IDLE, waiting: 100_000, workers: 4 };

    expect(recommendWorkers({ ...unknown, busySlots: 3, inPerMin: null, outPerMin: null })).to.equal(4);
    expect(recommendWorkers(unknown)).to.equal(4);
  });

  it('recommends no more than the limits of the queue keep busy', () => {
    const behind = { ...STEADY, waiting: 100_000 };

    expect(recommendWorkers({ ...behind, mostRunning: 42 })).to.equal(5);
    // 50 jobs a second of 0.6 s.
    expect(recommendWorkers({ ...behind, mostPerMin: 3_000 })).to.equal(3);
    expect(recommendWorkers({ ...behind, outPerMin: 0, mostRunning: 42 })).to.equal(5);
    expect(recommendWorkers({ ...STEADY, mostRunning: 1_000, mostPerMin: 1e6 })).to.equal(3);
  });

  it('takes what waits in a paused queue for no reason', () => {
    const paused = { ...STEADY, isPaused: true, waiting: 100_000 };

    expect(recommendWorkers(paused)).to.equal(1);
    expect(recommendWorkers({ ...paused, busySlots: 0 })).to.equal(0);
  });

  it('recommends the most there may be and no more', () => {
    expect(recommendWorkers({ ...STEADY, waiting: 1e9 })).to.equal(1_000);
    expect(recommendWorkers({ ...STEADY, waiting: 1e9 }, { backlogSeconds: 60, most: 7 })).to.equal(7);
  });

  it('is whole and bounded for any demand, and never less for more that waits', () => {
    const rate = fc.option(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e7, noNaN: true })));
    const demands = fc.record({
      waiting: fc.nat(),
      isExpecting: fc.boolean(),
      isPaused: fc.boolean(),
      busySlots: fc.double({ min: 0, max: 1e5, noNaN: true }),
      inPerMin: rate,
      outPerMin: rate,
      workers: fc.nat(900),
      slotsEach: fc.double({ min: 1, max: 1_000, noNaN: true }),
      mostRunning: fc.constantFrom(1, 50, null),
      mostPerMin: fc.constantFrom(1, 600, null),
    });
    fc.assert(
      fc.property(demands, fc.nat(), (demand, more) => {
        const now = recommendWorkers(demand);
        const then = recommendWorkers({ ...demand, waiting: demand.waiting + more });

        expect(now).to.satisfy(Number.isInteger).and.be.within(0, 1_000);
        expect(then).to.be.at.least(now);
      }),
    );
  });
});
