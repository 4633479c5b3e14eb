import { expect } from 'chai';
import { LATE_MS, planFirings } from '../../../lib/engine/schedules/catch-up.ts';
import { type Rule, readTiming } from '../../../lib/engine/schedules/occurrences.ts';
import type { MissedPolicy } from '../../../lib/engine/schedules/schedule.ts';

const MINUTE_MS = 60_000;
const START = 1_000 * MINUTE_MS;
const EACH_MINUTE: Rule = { kind: 'every', everyMs: MINUTE_MS };
const EACH_SECOND: Rule = { kind: 'every', everyMs: 1_000 };
const minute = (count: number): number => START + count * MINUTE_MS;
const second = (count: number): number => START + count * 1_000;
const plan = (missed: MissedPolicy, now: number, rule = EACH_MINUTE) =>
  planFirings(rule, missed, { tick: START, now });

describe('planFirings', () => {
  for (const missed of ['skip', 'once', { all: 1 }] as const) {
    it(`fires a tick that is no more than 10 s late, with ${JSON.stringify(missed)}`, () => {
      expect(plan(missed, START + LATE_MS)).to.deep.equal({ ticks: [START], missed: null, next: minute(1) });
    });
  }

  it('fires each of many ticks that are no more than 10 s late', () => {
    expect(plan('once', START + 3_500, EACH_SECOND)).to.deep.equal({
      ticks: [0, 1, 2, 3].map(second),
      missed: null,
      next: second(4),
    });
  });

  describe('with skip', () => {
    it('lets what was missed fall', () => {
      expect(plan('skip', minute(2) + 30_000)).to.deep.equal({
        ticks: [],
        missed: { first: START, last: minute(2), count: 3, atLeast: false },
        next: minute(3),
      });
    });

    it('fires the last when that has just come', () => {
      expect(plan('skip', minute(2) + 5)).to.deep.include({
        ticks: [minute(2)],
        missed: { first: START, last: minute(1), count: 2, atLeast: false },
      });
    });
  });

  describe('with once', () => {
    it('fires the newest for all of them', () => {
      expect(plan('once', minute(2) + 30_000)).to.deep.equal({
        ticks: [minute(2)],
        missed: { first: START, last: minute(1), count: 2, atLeast: false },
        next: minute(3),
      });
    });

    it('fires one that was missed alone', () => {
      expect(plan('once', START + 30_000)).to.deep.equal({ ticks: [START], missed: null, next: minute(1) });
    });

    it('fires once also when the last has just come', () => {
      expect(plan('once', second(60), EACH_SECOND)).to.deep.include({
        ticks: [second(60)],
        next: second(61),
      });
    });
  });

  describe('with all', () => {
    it('fires each', () => {
      expect(plan({ all: 5 }, minute(2) + 30_000)).to.deep.equal({
        ticks: [0, 1, 2].map(minute),
        missed: null,
        next: minute(3),
      });
    });

    it('fires the newest so many, and what has just come beside them', () => {
      expect(plan({ all: 2 }, minute(4) + 5)).to.deep.equal({
        ticks: [2, 3, 4].map(minute),
        missed: { first: START, last: minute(1), count: 2, atLeast: false },
        next: minute(5),
      });
    });
  });

  it('counts a thousand and says that there were more', () => {
    const { ticks, missed, next } = plan({ all: 3 }, second(100_000) + 999, EACH_SECOND);

    expect(ticks.slice(0, 3)).to.deep.equal([99_988, 99_989, 99_990].map(second));
    expect(ticks).to.have.length(3 + 10);
    expect(missed).to.deep.equal({ first: START, last: second(999), count: 1_000, atLeast: true });
    expect(next).to.equal(second(100_001));
  });

  it('finds the newest where they fire each second after a long rest', () => {
    const zoned = { timeZone: 'UTC', skippedTime: 'skip', repeatedTime: 'both' } as const;
    const rule = readTiming({ kind: 'cron', cron: '* * * * 1-6 *', ...zoned });
    const tick = Date.parse('2026-01-01T00:00:00Z');

    const { ticks, missed } = planFirings(
      rule,
      { all: 2 },
      { tick, now: Date.parse('2026-12-30T00:00:00Z') },
    );

    expect(ticks).to.deep.equal([Date.parse('2026-06-30T23:59:58Z'), Date.parse('2026-06-30T23:59:59Z')]);
    expect(missed).to.deep.include({ first: tick, atLeast: true });
  });

  it('moves on from the tick when the clock of Redis went back', () => {
    expect(planFirings(EACH_MINUTE, 'once', { tick: START, now: START - 90_000 }).next).to.equal(minute(1));
  });
});
