import { expect } from 'chai';
import {
  bytesText,
  calendarTime,
  countText,
  distanceText,
  durationText,
  numberText,
  timeText,
} from '../lib/texts.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the texts of pages', () => {
  it('write numbers with commas and one decimal at most', () => {
    expect([0, 1_234_567, 0.25, 99.96].map(numberText)).to.deep.equal(['0', '1,234,567', '0.3', '100']);
  });

  it('count in the singular and the plural', () => {
    expect([0, 1, 1_000].map((count) => countText(count, 'job'))).to.deep.equal([
      '0 jobs',
      '1 job',
      '1,000 jobs',
    ]);
  });

  for (const [ms, text] of [
    [-5, '0 ms'],
    [0, '0 ms'],
    [999.6, '999 ms'],
    [SECOND, '1 s'],
    [59_999, '59 s'],
    [MINUTE, '1 min'],
    [3 * MINUTE + 5 * SECOND, '3 min 5 s'],
    [HOUR - 1, '59 min 59 s'],
    [2 * HOUR + 5 * MINUTE + 59 * SECOND, '2 h 5 min'],
    [DAY, '1 d'],
    [400 * DAY + 3 * HOUR + 59 * MINUTE, '400 d 3 h'],
  ] as const) {
    it(`write ${ms} ms as ${text}`, () => {
      expect(durationText(ms)).to.equal(text);
    });
  }

  it('write times by UTC, and what no calendar has as none', () => {
    expect(timeText(Date.UTC(2026, 0, 31, 13, 45, 9, 999))).to.equal('2026-01-31 13:45:09 UTC');
    expect(timeText(1e20)).to.equal('at no time');
    expect(calendarTime(Number.NaN)).to.equal(null);
  });

  it('say how far away a time is', () => {
    const now = Date.UTC(2026, 0, 1);
    const distances = [0, -999, -1_000, -90 * SECOND, 2 * HOUR].map((away) => distanceText(now + away, now));

    expect(distances).to.deep.equal(['now', 'now', '1 s ago', '1 min 30 s ago', 'in 2 h']);
  });

  it('write amounts of memory in the unit that fits', () => {
    expect([0, 1, 1_023, 1_024, 1.5 * 2 ** 20, 2 ** 50].map(bytesText)).to.deep.equal([
      '0 B',
      '1 B',
      '1,023 B',
      '1 KiB',
      '1.5 MiB',
      '1,024 TiB',
    ]);
  });
});
