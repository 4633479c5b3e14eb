import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';

describe('the page of a kind of failure in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    monitor = await openMonitor();
    await monitor.jobsIn('failed', 3);
    if (browser) watched = await openPage(browser);
  });

  afterEach(async () => {
    await watched?.leave();
    await monitor.close();
  });

  it('is two clicks from the first page, and says by a button that it is resolved, until it is seen again', async () => {
    const { page, troubles } = watched;
    await page.goto(monitor.url);
    await page.locator('#failures').getByRole('link', { name: 'mailbox full' }).click();
    await page.getByRole('heading', { name: 'mailbox full' }).waitFor();

    await page.getByRole('button', { name: 'Resolved: this kind of failure' }).click();
    await page.locator('#failure .mark.good').waitFor();
    await monitor.jobIn('failed');
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator('#failure .mark.bad').waitFor();

    expect(await page.locator('#failure .mark').textContent()).to.equal('reopened');
    expect(troubles).to.deep.equal([]);
  });

  it('takes a note by its form, keeps what is typed while it is followed, and retries slowly', async () => {
    const { page, troubles } = watched;
    const { groups } = await monitor.inspector.failures.groups(QUEUE);
    const fingerprint = groups[0]?.fingerprint ?? '';
    await page.goto(`${monitor.url}/queues/${QUEUE}/failures/${fingerprint}`);
    await page.getByLabel('It is').selectOption('ignored');
    await page.getByLabel('Why, or what to do').fill('their <quota>');
    await page.getByLabel('Why, or what to do').blur();
    await monitor.jobIn('failed');
    await page.getByText('4 jobs that are kept').waitFor();

    await page.getByRole('button', { name: 'Say so' }).click();
    await page.locator('#mark', { hasText: 'monitor said that it is ignored' }).waitFor();
    const said = await page.locator('#mark').innerText();
    await page.getByLabel('Retries a minute').fill('2');
    await page.getByRole('button', { name: 'Retry slowly' }).click();
    await page.getByText('4 jobs of queue mail will run again, 2 a minute.').waitFor();

    expect(said).to.match(/: their <quota>$/);
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ failed: 0, delayed: 4 });
    expect(troubles).to.deep.equal([]);
  });

  it('works without scripts, and retries all', async function () {
    if (!browser) return this.skip();
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await page.goto(monitor.url);
      await page.locator('#failures').getByRole('link', { name: 'mailbox full' }).click();
      await page.getByRole('button', { name: /^Retry all 3 jobs/ }).click();
      await page.getByText('failed so').first().waitFor();

      expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ failed: 0, waiting: 3 });
    } finally {
      await context.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      it(`can be read by everybody, ${colorScheme}, ${width} px wide, and does not scroll sideways`, async () => {
        const { page } = watched;
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        const { groups } = await monitor.inspector.failures.groups(QUEUE);
        const fingerprint = groups[0]?.fingerprint ?? '';
        await monitor.inspector.failures.mark(QUEUE, fingerprint, { verdict: 'ignored', note: 'x y' }, 'ada');
        await page.goto(`${monitor.url}/queues/${QUEUE}/failures/${fingerprint}`);

        expect(await violationsOn(page)).to.deep.equal([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width);
      });
});
