import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';

/** Each width and each scheme once: axe takes seconds on a busy machine. */
const LOOKS = [
  [1280, 'light'],
  [390, 'dark'],
] as const;

describe('moving jobs on the pages, in a browser', function () {
  this.timeout(180_000);
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
    if (browser) watched = await openPage(browser);
  });
  afterEach(async () => {
    await watched?.leave();
    await monitor.close();
  });

  /** Looks at the page at both widths, in one of both schemes each. */
  const lookAt = async (name: string): Promise<void> => {
    const { page } = watched;
    for (const [width, colorScheme] of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      expect(await violationsOn(page), `${name} ${width} ${colorScheme}`).to.deep.equal([]);
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wide, `${name} at ${width} scrolls sideways`).to.be.at.most(0);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };

  it('leads from a search over the number and the warning to a run that says what it did', async () => {
    const { page, troubles } = watched;
    await monitor.jobsIn('waiting', 30);
    await page.goto(`${monitor.url}/search?queue=${QUEUE}&state=waiting`);
    await page.getByLabel('What to do').selectOption('move');
    await page.getByLabel('To queue, if they are moved').fill('slow');
    await page.getByLabel('all that this search finds').check();
    await lookAt('search');
    await page.getByRole('button', { name: 'Count first' }).click();

    await page.getByRole('heading', { name: 'Move waiting jobs of queue mail to queue slow?' }).waitFor();
    await page
      .getByRole('alert')
      .filter({ hasText: 'no live worker is known to serve queue slow' })
      .waitFor();
    await lookAt('confirm');
    expect((await monitor.inspector.queue(QUEUE)).counts.waiting).to.equal(30);
    await page.getByRole('button', { name: 'Move 30 jobs' }).click();

    await page.locator('#came-of-it', { hasText: '30 of 30 jobs were moved.' }).waitFor();
    await lookAt('run');
    expect((await monitor.inspector.queue('slow')).counts.waiting).to.equal(30);
    for (const queue of [QUEUE, 'slow']) {
      const { entries } = await monitor.inspector.audit.list({ queue });
      expect(entries.map(({ action }) => action)).to.deep.equal(['end run', 'start run']);
    }
    expect(troubles).to.deep.equal([]);
  });

  it('leads from a kind of failure and from a job there as well', async () => {
    const { page, troubles } = watched;
    await monitor.jobsIn('failed', 2);
    const [group] = (await monitor.inspector.failures.groups(QUEUE)).groups;
    await page.goto(`${monitor.url}/queues/${QUEUE}/failures/${group?.fingerprint}`);
    await page.getByLabel('Move them to queue').fill('slow');
    await lookAt('failure');
    await page.getByRole('button', { name: 'Count first' }).click();
    await page.getByRole('button', { name: 'Move 2 jobs' }).click();
    await page.locator('#came-of-it', { hasText: '2 of 2 jobs were moved.' }).waitFor();

    const [moved] = (await monitor.inspector.jobs('slow', { state: 'failed' })).jobs;
    await page.goto(`${monitor.url}/queues/slow/jobs/${moved?.id}`);
    await page.locator('#move').getByLabel('To queue').fill(QUEUE);
    await lookAt('job');
    await page.getByRole('button', { name: 'Count first' }).click();
    await page.getByRole('button', { name: 'Move 1 job' }).click();
    await page.locator('#came-of-it', { hasText: '1 of 1 job was moved.' }).waitFor();
    expect((await monitor.inspector.job(QUEUE, moved?.id ?? ''))?.state).to.equal('failed');
    expect(troubles).to.deep.equal([]);
  });

  it('says what is wrong with the queue, and moves nothing', async () => {
    const { page } = watched;
    await monitor.jobIn('waiting');
    for (const [to, why] of [
      ['a b', 'The queue to move to must be 1 to 128 characters'],
      [QUEUE, `What is to be moved is in queue ${QUEUE} already.`],
      ['', 'The queue to move to must be'],
    ] as const) {
      await page.goto(`${monitor.url}/search?queue=${QUEUE}&state=waiting`);
      await page.getByLabel('What to do').selectOption('move');
      await page.getByLabel('To queue, if they are moved').fill(to);
      await page.getByLabel('all that this search finds').check();
      await page.getByRole('button', { name: 'Count first' }).click();
      await page.getByRole('alert').filter({ hasText: why }).waitFor();
    }
    expect((await monitor.inspector.queue(QUEUE)).counts.waiting).to.equal(1);
  });
});
