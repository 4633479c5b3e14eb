import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { ROOT } from '../../support/pages.ts';

const NARROW = { width: 390, height: 800 };

describe('what is wider than the screen', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) return this.skip();
    monitor = await openMonitor();
    watched = await openPage(browser);
    await watched.page.setViewportSize(NARROW);
  });

  after(async () => {
    await browser?.close();
    await monitor?.close();
  });

  it('is text in one kind of element alone, which the keyboard reaches', () => {
    const folder = join(ROOT, 'lib/server/pages');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.tsx'),
    );
    const withText = files.filter((name) => readFileSync(join(folder, name), 'utf8').includes('<pre'));
    expect(withText).to.deep.equal(['text-block.tsx']);
  });

  it('can be scrolled by the keyboard on a monitor that has seen nothing, and on pages of jobs', async () => {
    const { page } = watched;
    await page.goto(monitor.url);
    const onEmpty = await violationsOn(page);
    const long = { text: 'x'.repeat(2_000) };
    const id = await monitor.jobIn('failed', long);
    await page.goto(`${monitor.url}/queues/${QUEUE}/jobs/${id}`);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const onJob = await violationsOn(page);
    await page.goto(monitor.url);
    for (const summary of await page.locator('summary').all()) await summary.click();

    expect([onEmpty, onJob, await violationsOn(page)]).to.deep.equal([[], [], []]);
  });
});
