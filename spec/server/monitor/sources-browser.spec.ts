import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { OpenSources } from '../../../lib/start-sources.ts';
import { violationsOn } from '../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { openSourcesOf } from '../../support/sources.ts';
import { patiently } from '../../support/wait.ts';

const AWAY = /^503 /;
const FOLLOWED_MS = 15_000;

describe('several Redis servers in a browser', function () {
  this.timeout(240_000);
  let browser: Browser | null;
  let redis: SpecRedis;
  let open: OpenSources;
  let monitor: SpecMonitor;
  let watched: WatchedPage;
  let round = 0;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) this.skip();
    redis = await startRedis();
  });

  after(async () => {
    await browser?.close();
    await redis?.stop();
  });

  beforeEach(async () => {
    const names = Array.from({ length: 20 }, (_, at) => `us-${at}:read-only=${redis.url}`);
    open = openSourcesOf([`eu=${redis.url}`, ...names].join(','), { prefix: `browser${round++}` });
    monitor = await openMonitor({ sources: open.sources });
    for (const id of ['eujob', 'eujob2'])
      await open.sources[0]?.parts().producer.addRaw({
        ...{ type: 'email.send', queue: QUEUE, data: 1, options: { id, delayMs: 3_600_000 } },
      });
    if (browser) watched = await openPage(browser);
  });

  afterEach(async () => {
    await watched?.leave();
    await monitor?.close();
    await open?.close();
  });

  const summary = (page: Page) => page.getByRole('navigation', { name: 'Redis servers' }).locator('summary');
  const pathOf = (page: Page): string => new URL(page.url()).pathname;

  it('are switched by the keyboard, to the same section', async () => {
    const { page, troubles } = watched;
    await page.goto(`${monitor.url}/search`);
    expect(await summary(page).innerText()).to.equal('Redis: redis');

    await summary(page).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${monitor.url}/sources/eu/search`);
    await page.getByLabel('Queue').selectOption(QUEUE);
    await page.getByLabel('State').selectOption('delayed');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'eujob', exact: true }).click();
    await page.waitForURL(`${monitor.url}/sources/eu/queues/${QUEUE}/jobs/eujob`);

    expect(await summary(page).innerText()).to.equal('Redis: eu');
    await summary(page).click();
    expect(await page.getByRole('link', { name: 'eu', exact: true }).getAttribute('aria-current')).to.equal(
      'true',
    );
    await page.getByRole('link', { name: 'redis', exact: true }).click();
    await page.waitForURL(`${monitor.url}/`);
    expect(troubles).to.deep.equal([]);
  });

  it('do what a button says at their own, and show it as it happens', async () => {
    const { page, troubles } = watched;
    await page.goto(`${monitor.url}/sources/eu/queues/${QUEUE}/jobs/eujob`);

    await page.getByRole('button', { name: 'Run now' }).click();
    await page.locator('#messages', { hasText: 'Job eujob is due now.' }).waitFor();
    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor();
    await open.sources[0]?.parts().inspector.cancel(QUEUE, 'eujob', 'somebody');
    await page.locator('#job .mark', { hasText: 'cancelled' }).waitFor({ timeout: patiently(FOLLOWED_MS) });
    await Promise.all([page.waitForURL(/\/search\?/), page.getByRole('button', { name: 'Remove' }).click()]);

    expect(pathOf(page)).to.equal('/sources/eu/search');
    expect(troubles).to.deep.equal([]);
  });

  it('are switched, and changed, without scripts', async function () {
    if (!browser) return this.skip();
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await page.goto(`${monitor.url}/`);
      await summary(page).click();
      await page.getByRole('link', { name: 'eu', exact: true }).click();
      await page.getByRole('button', { name: `Pause queue ${QUEUE}` }).click();
      await page.getByRole('button', { name: `Resume queue ${QUEUE}` }).waitFor();

      expect(pathOf(page)).to.equal('/sources/eu/');
      expect((await open.sources[0]?.parts().inspector.queue(QUEUE))?.paused).not.to.equal(null);
    } finally {
      await context.close();
    }
  });

  it('have no button where they are read-only', async () => {
    const { page, troubles } = watched;
    for (const path of ['/', `/queues/${QUEUE}/jobs/eujob`, '/search?queue=mail&state=delayed', '/audit']) {
      await page.goto(`${monitor.url}/sources/us-3${path}`);
      expect(await page.locator('form[method=post]').count(), path).to.equal(0);
      await page.locator('.top .mark', { hasText: 'read-only' }).waitFor();
    }
    await page.goto(`${monitor.url}/sources/us-3/arena/us-3/${QUEUE}`);
    expect(await page.getByText('Add Job').count()).to.equal(0);
    expect(troubles).to.deep.equal([]);
  });

  it('have an Arena each, which lists the queues of all', async () => {
    const { page, troubles } = watched;
    await page.goto(`${monitor.url}/arena/`);
    await page.getByRole('button', { name: /^eu / }).click();
    await page.locator('a[href="/sources/eu/arena/eu/mail"]').click();
    await page.waitForURL(`${monitor.url}/sources/eu/arena/eu/${QUEUE}`);
    await page.goto(`${monitor.url}/sources/eu/arena/eu/${QUEUE}/eujob`);
    await Promise.all([page.waitForEvent('load'), page.click('.js-promote-job')]);

    expect(await open.sources[0]?.parts().inspector.job(QUEUE, 'eujob')).to.have.property('state', 'waiting');
    await page.getByRole('link', { name: 'Why it is not running', exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/sources/eu/queues/${QUEUE}/jobs/eujob`);
    await page.goBack();
    await page.locator('.sources summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('.sources').getByRole('link', { name: 'us-0 (read-only)' }).click();
    await page.waitForURL(`${monitor.url}/sources/us-0/arena/`);
    expect(troubles).to.deep.equal([]);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everybody, on a narrow screen too, in ${colorScheme} colours`, async () => {
      const { page, troubles } = watched;
      await page.emulateMedia({ colorScheme });
      const gone = openSourcesOf(`gone=redis://127.0.0.1:1`);
      await monitor.close();
      monitor = await openMonitor({ sources: [...open.sources, ...gone.sources] });
      try {
        for (const width of [390, 1_280]) {
          await page.setViewportSize({ width, height: 720 });
          for (const path of ['/sources/eu/', '/sources/us-19/search', '/sources/gone/']) {
            await page.goto(monitor.url + path);
            await summary(page).click();
            expect(await violationsOn(page), `${path} ${width}`).to.deep.equal([]);
            expect(await page.evaluate('document.documentElement.scrollWidth'), path).to.be.at.most(width);
          }
          await page.getByText('503: Redis server gone cannot be reached: ').waitFor();
          await page.goto(`${monitor.url}/sources/us-0/arena/`);
          await page.locator('.sources summary').click();
          const last = page.locator('.sources').getByRole('link', { name: 'gone' });
          await last.scrollIntoViewIfNeeded();
          expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width);
        }
      } finally {
        await gone.close();
      }
      expect(troubles.filter((trouble) => !AWAY.test(trouble) && !trouble.includes('503'))).to.deep.equal([]);
    });
  }
});
