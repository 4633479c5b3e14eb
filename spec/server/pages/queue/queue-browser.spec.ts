import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { keepAttempts, spreadOverSpans } from '../../../support/kept-times.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';

const PAGES = [`/queues/${QUEUE}`, `/queues/${QUEUE}/types/email.send?span=day`];

describe('the pages of queues and types in a browser', function () {
  this.timeout(240_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;
  let failedId: string;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    monitor = await openMonitor();
    failedId = await monitor.jobIn('failed');
    await monitor.jobsIn('waiting', 3);
    const attempts = Array.from({ length: 60 }, (_, at) => {
      const facts = {
        id: `job-${at}`,
        durationMs: 3 ** (at % 12),
        as: at % 7 ? 'succeeded' : 'failed',
      } as const;
      return [at % 3 ? 'email.send' : 'invoice.render', facts] as const;
    });
    await keepAttempts(monitor, QUEUE, attempts, 'v7');
    await spreadOverSpans(monitor, QUEUE);
    if (browser) watched = await openPage(browser);
  });

  afterEach(async () => {
    await watched?.leave();
    await monitor.close();
  });

  it('lead from the overview to a queue, over its spans, to a type and to a failed job', async () => {
    const { page, troubles } = watched;

    await page.goto(monitor.url);
    await page.locator(`#queue-${QUEUE}`).getByRole('link', { name: QUEUE, exact: true }).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}`);
    await page.getByRole('link', { name: 'last 90 days' }).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}?span=90days`);
    await page.locator('#types').getByRole('link', { name: 'email.send' }).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}/types/email.send?span=90days`);
    await page.locator('#newest').getByRole('link', { name: failedId, exact: true }).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}/jobs/${failedId}`);
    await page.getByRole('link', { name: 'email.send' }).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}/types/email.send`);

    expect(await page.locator('svg.heat').count()).to.equal(3);
    expect(troubles).to.deep.equal([]);
  });

  it('pause and resume the queue', async () => {
    const { page } = watched;
    await page.goto(monitor.url + PAGES[0]);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('#state .mark.paused').waitFor();

    expect((await monitor.inspector.queue(QUEUE)).paused).to.include({ by: 'monitor' });
  });

  it('keep a table open while they are kept fresh', async () => {
    const { page, troubles } = watched;
    await page.goto(monitor.url + PAGES[0]);

    await page.getByText('Run as a table').click();
    await monitor.inspector.pause(QUEUE, 'ada');
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator('#state .mark.paused').waitFor();

    expect(await page.locator('#slots-duration').getAttribute('open')).to.equal('');
    expect(troubles).to.deep.equal([]);
  });

  for (const path of PAGES)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1_280, 390]) {
        it(`keep nobody from using ${path}, ${colorScheme}, ${width} px wide`, async () => {
          const { page } = watched;
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          await page.goto(monitor.url + path);
          await page.getByText('Run as a table').click();

          expect(await violationsOn(page)).to.deep.equal([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width);
        });
      }
});
