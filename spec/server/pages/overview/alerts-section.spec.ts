import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { storeAlerts, storedAlert } from '../../../support/alerts.ts';
import { launchBrowser, openPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { pageText } from '../../../support/page-text.ts';

const KIND = storedAlert({
  ...{ rule: 'new-failure', subject: '1f98e0b856979199@1893456000000' },
  ...{ summary: 'A kind of failure is back in queue mail', detail: '<script>attack()</script>' },
});
const REDIS = storedAlert({ rule: 'redis-full', queue: null, summary: 'Redis is 90% full' });

describe('the alerts of the overview', function () {
  this.timeout(120_000);
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const html = async (): Promise<string> => (await monitor.fetch('/')).text();

  it('are not there while nothing fires', async () => {
    await storeAlerts(monitor.inspector, [storedAlert({ firedAt: null }), storedAlert({ endedAt: 1 })]);
    expect(await html()).not.to.include('id="alerts"');
  });

  it('show what fires, the critical first, and lead on from there', async () => {
    await monitor.jobIn('waiting');
    await storeAlerts(monitor.inspector, [KIND, storedAlert(), REDIS], 3);
    const page = await html();
    const text = pageText(page);

    expect(text).to.match(
      /critical Redis is 90% full.*critical Queue mail is not .*warning A kind of failure/s,
    );
    expect(text).to.include('3 more alerts not shown').and.include('Looked at last');
    expect(page).to.include('href="/queues/mail/failures/1f98e0b856979199"').and.include(`/queues/${QUEUE}"`);
    expect(page).not.to.include('<script>attack');
  });

  it('hide nothing else where they cannot be read', async () => {
    await monitor.client.set(`${monitor.prefix}:{:alerts}`, 'no hash');
    expect(pageText(await html()))
      .to.include('the alerts cannot be read')
      .and.include('Queues');
  });

  describe('in a browser', () => {
    let browser: Browser | null;

    before(async function () {
      browser = await launchBrowser();
      if (!browser) this.skip();
    });
    after(() => browser?.close());

    for (const colorScheme of ['light', 'dark'] as const) {
      it(`can be read by everybody in the ${colorScheme} scheme, on a phone too`, async () => {
        if (!browser) throw new Error('there is no browser');
        await monitor.jobIn('waiting');
        await storeAlerts(monitor.inspector, [KIND, storedAlert(), REDIS], 3);
        const watched = await openPage(browser);
        const { page } = watched;
        await page.emulateMedia({ colorScheme });
        for (const width of [1_280, 390]) {
          await page.setViewportSize({ width, height: 844 });
          await page.goto(monitor.url);
          expect(await violationsOn(page), `${width}`).to.deep.equal([]);
          const over = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect(over, `${width}`).to.be.at.most(0);
        }
        await page.getByRole('link', { name: /not being worked off/ }).click();
        await page.waitForURL(/\/queues\/mail$/);
        await watched.leave();
      });
    }
  });
});
