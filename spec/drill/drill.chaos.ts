import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { startRedis } from '../support/redis.ts';
import { patiently } from '../support/wait.ts';
import { type Drill, openDrill } from './drill-world.ts';
import { WALKS } from './walks.ts';

const MOST_CLICKS = 3;

describe('the drill: after a bad deployment', function () {
  this.timeout(patiently(180_000));
  let browser: Browser | null;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let drill: Drill;
  let watched: WatchedPage;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) return this.skip();
    redis = await startRedis();
    drill = await openDrill({ redis: redis.url });
    watched = await openPage(browser);
  });

  after(async () => {
    await browser?.close();
    await drill?.close();
    await redis?.stop();
  });

  for (const { name, steps, causes } of WALKS) {
    it(`the cause of what is ${name} is three clicks away at most`, async () => {
      const { page, troubles } = watched;
      await page.goto(drill.url);
      let clicks = 0;
      for (const step of steps) {
        await step.click(page).first().click();
        clicks++;
        await step.shows(page).first().waitFor();
      }

      for (const cause of causes(page)) await cause.waitFor();
      expect(clicks).to.be.at.most(MOST_CLICKS);
      expect(await violationsOn(page)).to.deep.equal([]);
      expect(troubles).to.deep.equal([]);
    });
  }
});
