import { expect } from 'chai';
import { openTimeZone } from '../../../lib/engine/schedules/time-zone.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 'yyyy-mm-dd'.length);

describe('openTimeZone', () => {
  for (const [name, at, offsetMs] of [
    ['UTC', '2026-07-01T00:00:00Z', 0],
    ['Europe/Berlin', '2026-07-01T00:00:00Z', 2 * HOUR_MS],
    ['Europe/Berlin', '2026-12-31T23:30:00Z', HOUR_MS],
    ['America/St_Johns', '2026-01-01T00:00:00Z', -3.5 * HOUR_MS],
    ['Asia/Kathmandu', '2026-01-01T00:00:00.999Z', 5 * HOUR_MS + 45 * MINUTE_MS],
  ] as const) {
    it(`knows the offset of ${name} at ${at}`, () => {
      expect(openTimeZone(name).offsetAt(Date.parse(at))).to.equal(offsetMs);
    });
  }

  it('finds the next change of the clocks to the millisecond', () => {
    const zone = openTimeZone('Europe/Berlin');
    const at = Date.parse('2026-03-29T01:00:00Z');

    const change = zone.nextChange(Date.parse('2026-01-15T12:34:56.789Z'), at);

    expect(change).to.deep.equal({ at, before: HOUR_MS, after: 2 * HOUR_MS });
    expect(zone.nextChange(at - 1, at)).to.deep.equal(change);
  });

  it('finds none before it comes, and none after it', () => {
    const zone = openTimeZone('Europe/Berlin');
    const at = Date.parse('2026-03-29T01:00:00Z');

    expect(zone.nextChange(at - 90 * 24 * HOUR_MS, at - 1)).to.equal(null);
    expect(zone.nextChange(at, at + 90 * 24 * HOUR_MS)).to.equal(null);
  });

  it('finds a change by half an hour', () => {
    const { nextChange } = openTimeZone('Australia/Lord_Howe');

    expect(nextChange(Date.parse('2026-03-01T00:00:00Z'), Date.parse('2026-05-01T00:00:00Z'))).to.deep.equal({
      at: Date.parse('2026-04-04T15:00:00Z'),
      before: 11 * HOUR_MS,
      after: 10.5 * HOUR_MS,
    });
  });

  it('finds a day that was left out', () => {
    const { nextChange } = openTimeZone('Pacific/Apia');

    expect(nextChange(Date.parse('2011-12-01T00:00:00Z'), Date.parse('2012-01-01T00:00:00Z'))).to.deep.equal({
      at: Date.parse('2011-12-30T10:00:00Z'),
      before: -10 * HOUR_MS,
      after: 14 * HOUR_MS,
    });
  });

  // Their clocks go back for a month of each year, which may begin days before or after they are set anyway.
  for (const name of ['Asia/Gaza', 'Africa/Casablanca', 'Africa/Cairo', 'Europe/Berlin']) {
    it(`finds all changes of ${name} that a look at each day finds`, () => {
      const { offsetAt, nextChange } = openTimeZone(name);
      const [from, until] = [Date.parse('2009-12-31T00:00:00Z'), Date.parse('2046-01-02T00:00:00Z')];
      const days: string[] = [];
      for (let day = from; day < until; day += DAY_MS) {
        const offset = offsetAt(day + DAY_MS);
        if (offset !== offsetAt(day)) days.push(`${dayOf(day)} ${offset}`);
      }

      const found: string[] = [];
      for (let at = from; ; ) {
        const next = nextChange(at, until);
        if (!next) break;
        found.push(`${dayOf(next.at - 1)} ${next.after}`);
        at = next.at;
      }

      expect(found).to.deep.equal(days);
    });
  }

  it('opens a zone once', () => {
    expect(openTimeZone('Asia/Tokyo')).to.equal(openTimeZone('Asia/Tokyo'));
  });

  for (const name of ['Europe/Atlantis', '', '+02:00', 'Berlin']) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(() => openTimeZone(name)).to.throw(RangeError);
    });
  }
});
