import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';

const FAILED = `/search?queue=${QUEUE}&state=failed`;

describe('the search that acts, in a browser', () => {
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

  it('ticks, counts, changes and tells, all by keyboard and mouse', async () => {
    const [one] = await monitor.jobsIn('failed', 3);
    const { page, troubles } = watched;
    await page.goto(monitor.url + FAILED);
    const box = page.getByRole('checkbox', { name: `Choose job ${one} of queue mail` });
    await box.focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Count first…' }).click();
    await page.getByText('This is about 1 job.').waitFor();
    await page.getByRole('button', { name: 'Retry 1 job' }).click();
    await page.getByText('1 of 1 job was retried.').waitFor();
    expect(await page.locator('.mark').textContent()).to.equal('done');

    await page.getByRole('link', { name: 'The audit of queue mail' }).click();
    await page.getByText('retry: done to 1 of 1 jobs').waitFor();
    await page
      .locator('#changes')
      .getByRole('link', { name: /^[\w-]{36}$/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Retry 1 chosen job' }).waitFor();
    expect(troubles).to.deep.equal([]);
  });

  it('shows how far it is while it goes on, and stops', async () => {
    // Held by somebody who gets on slowly, and hears that it is to stop.
    const { store } = monitor.inspector.bulkRuns;
    const at = await store.now();
    await store.add({
      ...{ id: 'slow', operation: 'retry', dryRun: false, queue: QUEUE, state: 'failed', filter: {} },
      ...{ ids: null, by: 'ada', at, holder: 'another', leaseUntil: at + 600_000, stoppedBy: null },
      ...{ endedAt: null, error: null, total: 3, looked: 1, matched: 1, done: 1, left: [], passed: '1' },
    });
    const hold = async (changes: object): Promise<void> => {
      const read = await store.read('slow');
      if (read) await store.change(read, changes);
    };
    const { page, troubles } = watched;
    await page.goto(`${monitor.url}/runs/slow`);
    expect(await page.getByRole('progressbar', { name: 'How far it is' }).getAttribute('value')).to.equal(
      '1',
    );

    await hold({ looked: 2, matched: 2, done: 2 });
    await page.getByText('Looked at 2 of 3 jobs.').waitFor();
    await page.getByRole('button', { name: 'Stop this run' }).click();
    await page.getByText('The run stops; what is done stays done.').waitFor();
    await page.locator('.mark', { hasText: 'stopping' }).waitFor();
    await hold({ leaseUntil: 1 });
    await page.locator('.mark', { hasText: 'stopped' }).waitFor();

    expect(await page.getByRole('button', { name: 'Stop this run' }).count()).to.equal(0);
    expect((await monitor.inspector.audit.list()).entries.map(({ action }) => action)).to.include('stop run');
    expect(troubles).to.deep.equal([]);
  });

  it('has ids that fit a line, and are whole when they are copied', async () => {
    const id = 'order-2026-11-30-of-a-customer-with-a-long-name-abcdefgh';
    await monitor.producer.addRaw({ type: 't', queue: QUEUE, data: {}, options: { id } });
    const { page } = watched;
    await page.goto(`${monitor.url}/search?queue=${QUEUE}&state=waiting`);
    const link = page.locator('#found .id');

    expect((await link.boundingBox())?.width).to.be.below(180);
    expect((await link.boundingBox())?.height).to.be.below(30);
    await link.selectText();
    expect(await page.evaluate('getSelection().toString()')).to.equal(id);
    expect(await link.locator('.short').getAttribute('title')).to.equal(id);
  });

  it('works without scripts', async function () {
    if (!browser) return this.skip();
    await monitor.jobsIn('failed', 3);
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await page.goto(monitor.url + FAILED);
      await page.getByRole('link', { name: 'Added' }).click();
      await page.getByRole('radio', { name: 'all that this search finds' }).check();
      await page.getByRole('combobox', { name: 'What to do' }).selectOption('remove');
      await page.getByRole('button', { name: 'Count first…' }).click();
      await page.getByRole('button', { name: 'Remove 3 jobs' }).click();
      await page.getByText('3 of 3 jobs were removed.').waitFor();
      await page.goto(monitor.url + FAILED);
      await page.getByRole('textbox', { name: 'Save what is filled in, as' }).fill('what failed');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('link', { name: 'what failed' }).waitFor();

      expect((await monitor.inspector.queue(QUEUE)).counts.failed).to.equal(0);
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
        await monitor.jobsIn('failed', 5);
        const fields = { queue: QUEUE, state: 'failed' };
        await monitor.inspector.savedSearches.save({ name: 'What has failed', fields, by: 'ada' });
        const order = {
          operation: 'remove',
          queue: QUEUE,
          state: 'failed',
          filter: { type: 'none' },
        } as const;
        await monitor.inspector.bulkRuns.start('one', order, 'ada');
        const look = async (name: string): Promise<void> => {
          expect(await violationsOn(page), name).to.deep.equal([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), name).to.be.at.most(width);
        };

        await page.goto(`${monitor.url}${FAILED}&sort=added&dir=down`);
        await look('search');
        await page.getByRole('radio', { name: 'all that this search finds' }).check();
        await page.getByRole('button', { name: 'Count first…' }).click();
        await page.getByText('This is about 5 jobs.').waitFor();
        await look('confirm');
        await page.getByRole('button', { name: 'Retry 5 jobs' }).click();
        await page.getByRole('progressbar').waitFor();
        await look('run');
        await page.goto(`${monitor.url}/runs`);
        await look('runs');
      });
}).timeout(120_000);
