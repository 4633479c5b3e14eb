import { expect } from 'chai';
import { readCron } from '../../../lib/engine/schedules/cron.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const timesAfter = (cron: string, from: string, count: number): string[] => {
  const { after } = readCron(cron);
  const found: string[] = [];
  for (let local = after(at(from)); local !== null && found.length < count; local = after(local)) {
    found.push(new Date(local).toISOString().slice(0, 19));
  }
  return found;
};

describe('readCron', () => {
  it('reads five fields', () => {
    expect(timesAfter('30 9 * * 1-5', '2026-11-27T09:30:00', 2)).to.deep.equal([
      '2026-11-30T09:30:00',
      '2026-12-01T09:30:00',
    ]);
  });

  it('reads six fields, of which the first is the seconds', () => {
    expect(timesAfter('*/20 0 0 * * *', '2026-11-27T00:00:05', 3)).to.deep.equal([
      '2026-11-27T00:00:20',
      '2026-11-27T00:00:40',
      '2026-11-28T00:00:00',
    ]);
  });

  it('reads nicknames', () => {
    expect(timesAfter('@weekly', '2026-11-27T00:00:00', 1)).to.deep.equal(['2026-11-29T00:00:00']);
  });

  it('takes either day, where the day of the month and that of the week are both restricted', () => {
    expect(timesAfter('0 0 13 * 5', '2026-11-06T00:00:00', 3)).to.deep.equal([
      '2026-11-13T00:00:00',
      '2026-11-20T00:00:00',
      '2026-11-27T00:00:00',
    ]);
  });

  for (const [cron, days] of [
    // November 2026: the Mondays are the 2nd, 9th, 16th, 23rd and 30th.
    ['0 0 */2 * 1', [9, 23]],
    ['0 0 1-31/2 * 1', [1, 2, 3, 5, 7, 9, 11]],
    ['0 0 8-14 * */7', [8]],
    ['0 0 * * 1', [2, 9, 16, 23, 30]],
    ['0 0 ? * 1', [2, 9, 16, 23, 30]],
    ['0 0 0 */2 * 1', [9, 23]],
  ] as const) {
    it(`takes the days ${days.join(', ')} of a November for ${cron}, as Vixie's cron does`, () => {
      expect(timesAfter(cron, '2026-10-31T23:59:59', days.length)).to.deep.equal(
        days.map((day) => `2026-11-${String(day).padStart(2, '0')}T00:00:00`),
      );
    });
  }

  it('takes @midnight for @daily', () => {
    const from = '2026-11-27T00:00:00';

    expect(timesAfter('@midnight', from, 3)).to.deep.equal(timesAfter('@daily', from, 3));
  });

  for (const [cron, message] of [
    ['0 0 0 * *', 'the day of the month must be from 1 to 31, not 0'],
    ['0 0 1-32/2 * *', 'the day of the month must be from 1 to 31, not 32'],
    ['0 0 1,0 * *', 'the day of the month must be from 1 to 31, not 0'],
    ['0 0 * 13 *', 'the month must be from 1 to 12, not 13'],
    ['0 0 * 0 *', 'the month must be from 1 to 12, not 0'],
    ['0 0 * * 8', 'the day of the week must be from 0 to 7, not 8'],
    ['60 * * * *', 'the minute must be from 0 to 59, not 60'],
    ['99 0 0 * * *', 'the second must be from 0 to 59, not 99'],
    ['0 0 5-3 * *', "From value is larger than to value: '5-3'"],
  ] as const) {
    it(`says of ${cron}: ${message}`, () => {
      expect(() => readCron(cron))
        .to.throw(Error)
        .with.property('message', message);
    });
  }

  it('finds a time that is years away', () => {
    expect(timesAfter('0 0 29 2 *', '2026-01-01T00:00:00', 1)).to.deep.equal(['2028-02-29T00:00:00']);
  });

  it('goes on from within a second', () => {
    expect(readCron('* * * * * *').after(at('2026-01-01T00:00:00') + 999)).to.equal(
      at('2026-01-01T00:00:01'),
    );
  });

  for (const [cron, isHourly] of [
    ['0 * * * *', true],
    ['30 */1 * * *', true],
    ['0 0-23 * * *', true],
    ['15 30 * * * *', true],
    ['@hourly', true],
    ['0 */2 * * *', false],
    ['0 3 * * *', false],
    ['@daily', false],
  ] as const) {
    it(`says of ${cron} that it ${isHourly ? 'names' : 'does not name'} every hour`, () => {
      expect(readCron(cron).isHourly).to.equal(isHourly);
    });
  }

  for (const [what, cron] of [
    ['has too few fields', '* * * *'],
    ['has a field for years', '0 0 0 1 1 * 2030'],
    ['is empty', ''],
    ['is a date', '2030-01-01T00:00:00'],
    ['names an hour that there is not', '0 24 * * *'],
    ['is no expression', 'every day at noon please'],
    ['is a nickname that means no time', '@reboot'],
    ['names a day that never comes', '0 0 30 2 *'],
  ] as const) {
    it(`refuses what ${what}`, () => {
      expect(() => readCron(cron)).to.throw(Error);
    });
  }
});
