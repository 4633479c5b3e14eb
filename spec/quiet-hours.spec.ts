import { expect } from 'chai';
import { isQuiet, parseQuietHours } from '../lib/quiet-hours.ts';

const at = (iso: string): number => Date.parse(iso);
const quiet = (hours: string, iso: string): boolean => isQuiet(parseQuietHours(hours) ?? null, at(iso));

describe('quiet hours', () => {
  it('are from one time up to another, also over midnight', () => {
    for (const [time, isSo] of [
      ['21:59:59', false],
      ['22:00:00', true],
      ['00:00:00', true],
      ['06:59:59', true],
      ['07:00:00', false],
    ] as const)
      expect(quiet('22:00-07:00', `2030-01-01T${time}Z`), time).to.equal(isSo);
    expect(quiet('12:00-13:00', '2030-01-01T12:30:00Z')).to.equal(true);
    expect(quiet('12:00-13:00', '2030-01-01T11:30:00Z')).to.equal(false);
  });

  it('go by the clocks of their zone, in summer and in winter', () => {
    expect(quiet('22:00-07:00 Europe/Berlin', '2030-01-01T21:00:00Z')).to.equal(true);
    expect(quiet('22:00-07:00 Europe/Berlin', '2030-07-01T20:00:00Z')).to.equal(true);
    expect(quiet('22:00-07:00 Europe/Berlin', '2030-07-01T05:00:00Z')).to.equal(false);
  });

  it('are never where there are none', () => {
    expect(isQuiet(null, Date.now())).to.equal(false);
  });
});
