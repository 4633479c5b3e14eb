import { expect } from 'chai';
import { retryAfterMs } from '../../lib/handlers/retry-after.ts';

const NOW = Date.UTC(2030, 0, 7, 12, 0, 0);

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(retryAfterMs('120', NOW)).to.equal(120_000);
  });

  for (const date of [
    'Mon, 07 Jan 2030 12:01:30 GMT',
    'Monday, 07-Jan-30 12:01:30 GMT',
    'Mon Jan  7 12:01:30 2030',
  ]) {
    it(`reads the date form ${date}`, () => {
      expect(retryAfterMs(date, NOW)).to.equal(90_000);
    });
  }

  for (const header of ['3601', '9'.repeat(400), 'Tue, 08 Jan 2030 12:00:00 GMT']) {
    it(`caps ${header.slice(0, 30)} at one hour`, () => {
      expect(retryAfterMs(header, NOW)).to.equal(3_600_000);
    });
  }

  for (const header of [
    undefined,
    '',
    '0',
    '-5',
    '1.5',
    'soon',
    '2030-01-07T13:00:00Z',
    'Mon, 07 Jan 2030 11:00:00 GMT',
  ]) {
    it(`has nothing to wait for with ${header === undefined ? 'no header' : JSON.stringify(header)}`, () => {
      expect(retryAfterMs(header, NOW)).to.equal(null);
    });
  }
});
