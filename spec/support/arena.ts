import type { Browser } from 'playwright-core';
import type { MonitorDeps } from '../../lib/server/monitor/monitor.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from './monitor.ts';

/** A monitor and a page of a real browser, new for each spec. */
export interface ArenaVisit extends WatchedPage {
  readonly monitor: SpecMonitor;
  /** Opens a page of the queue, by what its address ends with. */
  open(path: string): Promise<void>;
  /** Clicks what is found and waits until the page has loaded anew. */
  press(selector: string): Promise<void>;
}

/**
 * Opens a monitor and a page before each spec of the group that it is called in, and closes them after it. Without a
 * browser the specs of the group are skipped. Resolves nothing: what it returns holds while a spec runs.
 */
export function useArena(changes: () => Partial<MonitorDeps> = () => ({})): () => ArenaVisit {
  let browser: Browser | null = null;
  let visit: ArenaVisit | null = null;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    if (!browser) return;
    const monitor = await openMonitor(changes());
    const { page, troubles, leave } = await openPage(browser);
    visit = {
      monitor,
      page,
      troubles,
      leave,
      open: async (path) => {
        await page.goto(`${monitor.url}/arena/redis/${QUEUE}${path}`);
      },
      press: async (selector) => {
        await Promise.all([page.waitForEvent('load'), page.click(selector)]);
      },
    };
  });

  afterEach(async () => {
    await visit?.leave();
    await visit?.monitor.close();
    visit = null;
  });

  return () => {
    if (visit) return visit;
    throw new Error('a visit lasts as long as a spec');
  };
}
