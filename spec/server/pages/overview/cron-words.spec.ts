import { expect } from 'chai';
import { cronWords } from '../../../../lib/server/pages/overview/cron-words.ts';

describe('cron in words', () => {
  for (const [expression, words] of Object.entries({
    '* * * * *': 'every minute',
    '*/15 * * * *': 'every 15 minutes',
    '0 * * * *': 'every hour',
    '30 * * * *': 'every hour at 30 min past',
    '0 */6 * * *': 'every 6 hours',
    '5 */2 * * *': 'every 2 hours at 5 min past',
    '0 3 * * *': 'every day at 03:00',
    '30 9,17 * * *': 'every day at 09:30 and 17:30',
    '0 3 * * 1': 'every Monday at 03:00',
    '0 3 * * SUN,wed': 'every Sunday and Wednesday at 03:00',
    '0 3 * * 7': 'every Sunday at 03:00',
    '30 9 * * 1-5': 'Monday to Friday at 09:30',
    '*/10 * * * MON-FRI': 'every 10 minutes, Monday to Friday',
    '0 0 1 * *': 'on day 1 of every month at 00:00',
    '0 0 1,15 * ?': 'on day 1 and 15 of every month at 00:00',
    '0 0 1 1 *': 'on day 1 of January at 00:00',
    '0 0 1 1,4,7,10 *': 'on day 1 of January, April, July and October at 00:00',
    '0 15 4 * * *': 'every day at 04:15',
    '@daily': 'every day at 00:00',
    '@midnight': 'every day at 00:00',
    '@hourly': 'every hour',
    '@weekly': 'every Sunday at 00:00',
    '@yearly': 'on day 1 of January at 00:00',
  })) {
    it(`says ${expression} as ${words}`, () => {
      expect(cronWords(expression)).to.equal(words);
    });
  }

  for (const expression of [
    '30 15 4 * * *',
    '*/7 * * * *',
    '0 */5 * * *',
    '0 3 1 * 1',
    '0 3 * 6 *',
    '1-5 * * * *',
    '0 3 L * *',
    '0 3 * * 1#2',
    '0 1,2,3,4,5 * * *',
    '0 24 * * *',
    '60 * * * *',
    '0 3 * * Foo',
    '@reboot',
    'constructor',
    '',
  ]) {
    it(`leaves ${expression || 'nothing'} as it is`, () => {
      expect(cronWords(expression)).to.equal(null);
    });
  }
});
