import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '../../../lib/clock.ts';
import { createPages } from '../../../lib/server/pages/pages.ts';
import { violationsOn } from '../../support/accessibility.ts';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { routesOf } from '../../support/routes.ts';
import { type FilledVault, fillVault, VAULT } from '../../support/vault.ts';

/** What is known of where pages lead. */
interface Filled extends FilledVault {
  fingerprint: string;
}

/** Every page that there is, by its route, and where one of each is. A new one is to be put here. */
const PAGES: Readonly<Record<string, (filled: Filled) => string>> = {
  'get /': () => '/',
  'get /queues/:queue': () => `/queues/${VAULT}?span=hour`,
  'get /queues/:queue/types/:type': () => `/queues/${VAULT}/types/vaultplain`,
  'get /queues/:queue/jobs/:id': ({ failed }) => `/queues/${VAULT}/jobs/${failed}`,
  'get /queues/:queue/failures/:id': ({ fingerprint }) => `/queues/${QUEUE}/failures/${fingerprint}`,
  'get /queues/:queue/workflows/:id': () => `/queues/${VAULT}/workflows/vaultflow`,
  'get /workers/:worker': () => '/workers/both',
  'get /workflows': () => `/workflows?queue=${VAULT}`,
  'get /search': () => `/search?queue=${QUEUE}&state=failed`,
  'post /search/change': () => `/search?queue=${QUEUE}&state=failed`,
  'get /runs': () => '/runs',
  'get /runs/:id': () => '/runs/vaultrun',
  'get /audit': () => '/audit',
};

/** What a page leads to by a button, and not by an address. */
const PRESSED: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'post /search/change': async (page) => {
    await page.getByLabel('all that this search finds').check();
    await page.getByRole('button', { name: 'Count first' }).click();
    await page.waitForURL(/\/search\/change/);
  },
};

/** What is saved to a file, and is no page. */
const FILES: readonly string[] = ['get /search/export', 'get /audit/export'];

const ACTS = 'button:visible:enabled, input:visible:enabled, select:visible:enabled, summary:visible';

/** Sees of all that can be pressed that a click would reach it, nothing else lies over it. It clicks on none. */
async function tryEachAct(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  for (const act of await page.locator(ACTS).all()) await act.click({ trial: true, timeout: 10_000 });
}

const SIZES = [
  { width: 1_280, height: 900 },
  { width: 390, height: 844 },
] as const;

describe('every page in a browser', function () {
  this.timeout(240_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let filled: Filled;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) return this.skip();
    monitor = await openMonitor();
    await monitor.jobIn('failed');
    const vault = await fillVault(monitor);
    const { groups } = await monitor.inspector.failures.groups(QUEUE);
    filled = { ...vault, fingerprint: groups[0]?.fingerprint ?? 'none' };
  });

  after(async () => {
    await browser?.close();
    await monitor?.close();
  });

  it('is in the list of this spec', () => {
    const { inspector } = monitor;
    const tools = {
      inspector,
      definitions: new Map(),
      host: 'redis',
      queues: async () => [],
      log: silentLog,
    };
    const routes = routesOf(createPages({ ...tools, clock: systemClock }));
    // What buttons do is tried where they are.
    const shown = routes.filter((route) => /^get |^post \/search\//.test(route) && !FILES.includes(route));

    expect(shown).to.have.members(Object.keys(PAGES));
  });

  for (const [route, addressOf] of Object.entries(PAGES)) {
    it(`can be used at both widths, in light and in dark colours: ${route}`, async function () {
      if (!browser) return this.skip();
      const { page, troubles, leave } = await openPage(browser);
      try {
        const answer = await page.goto(monitor.url + addressOf(filled));
        await PRESSED[route]?.(page);
        expect(answer?.status()).to.equal(200);
        for (const viewport of SIZES)
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.setViewportSize(viewport);
            await page.emulateMedia({ colorScheme });
            const where = `${viewport.width} ${colorScheme}`;
            expect(await violationsOn(page), where).to.deep.equal([]);
            const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
            expect(wide, `${where} scrolls sideways`).to.be.at.most(0);
            await tryEachAct(page);
          }
        expect(troubles).to.deep.equal([]);
      } finally {
        await leave();
      }
    });
  }

  it('says the same without scripts', async function () {
    if (!browser) return this.skip();
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      for (const [route, addressOf] of Object.entries(PAGES)) {
        await page.goto(monitor.url + addressOf(filled));
        await PRESSED[route]?.(page);
        expect(await page.locator('h1').count(), route).to.equal(1);
        const dead = page.locator('form:not([action]), button[type="button"]:visible');
        expect(
          await dead.evaluateAll((all: { outerHTML: string }[]) => all.map((one) => one.outerHTML)),
          route,
        ).to.be.empty;
      }
    } finally {
      await context.close();
    }
  });
});
