import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { keepLanes } from '../../../../lib/engine/queries/kept-lanes.ts';
import { announce, type WorkerInfo } from '../../../../lib/engine/queries/presence.ts';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';

describe('the page of a worker in a browser', function () {
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
    if (browser) watched = await openPage(browser);
  });

  afterEach(async () => {
    const { troubles } = watched;
    await watched.leave();
    await monitor.close();
    expect(troubles).to.deep.equal([]);
  });

  /** A worker that has said so much of itself, and of what its slots did. */
  const speak = async (pid: number, more: Partial<WorkerInfo> = {}): Promise<void> => {
    const now = Date.now();
    const blocked = { queue: QUEUE, id: 'blocks', type: 'report.build' };
    const info: WorkerInfo = {
      ...{ id: `w${pid}`, host: 'web-1', pid, version: '1.2.3', startedAt: now - 600_000, strict: false },
      ...{ queues: [{ name: QUEUE, weight: 1 }], concurrency: 4, status: 'running', handlers: [] },
      ...{ swarm: { number: pid, of: 2, parent: 7 }, runningCount: 2 },
      running: [
        { queue: QUEUE, id: 'runs', type: 'email.send', startedAt: now - 20_000 },
        { ...blocked, startedAt: now - 90_000 },
      ],
      ...more,
    };
    await announce(monitor, info, 600_000);
    const cells = Array.from({ length: 60 }, (_, at) => {
      const counts = { succeeded: at, failed: at % 20 === 3 ? 2 : 0, others: 0 };
      return { at: now - 300_000 + at * 5_000, busyMs: at * 200, ...counts };
    });
    const attempts = Array.from({ length: 40 }, (_, at) => {
      const end = (['succeeded', 'failed', 'retry', 'snoozed', 'fenced'] as const)[at % 5] ?? 'succeeded';
      const startedAt = now - 280_000 + at * 6_000;
      return { queue: QUEUE, id: `e${at}`, type: 'email.send', startedAt, endedAt: startedAt + 9_000, end };
    });
    await keepLanes(monitor, info.id, { at: now, allSince: 0, longSince: 0, cells, attempts });
  };
  const blocking: Partial<WorkerInfo> = {
    blockedSince: Date.now() - 80_000,
    blockedBy: { queue: QUEUE, id: 'blocks', type: 'report.build', attempt: 1 },
    blockedAt: 'hash (file:///app/report.js:12:5)',
  };

  it('is reached from the overview, and shows every attempt in a table, with what blocks first', async () => {
    const { page } = watched;
    await speak(1, blocking);
    await speak(2);
    await page.goto(monitor.url);

    await page.getByRole('link', { name: /^web-1:1/ }).click();
    await page.getByRole('heading', { name: 'Worker web-1:1', level: 1 }).waitFor();
    const rows = page.getByRole('table', { name: 'Attempts', exact: true }).getByRole('row');
    await page.getByText('30 more attempts').click();
    const others = page.getByRole('table', { name: 'More attempts' }).getByRole('row');

    expect([await rows.count(), await others.count()]).to.deep.equal([1 + 12, 1 + 30]);
    expect(await rows.nth(1).textContent()).to.match(/^report\.build blocksmailblocks its worker/);
    expect(await page.getByText('at hash (file:///app/report.js:12:5)').count()).to.equal(1);
    await rows.nth(1).getByRole('link', { name: 'blocks', exact: true }).focus();
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).to.equal(
      `/queues/${QUEUE}/jobs/blocks`,
    );
  });

  it('shows the processes of one parent together', async () => {
    const { page } = watched;
    await speak(1);
    await speak(2, blocking);
    await page.goto(monitor.url);

    await page.getByRole('link', { name: 'web-1:7', exact: true }).click();
    await page.getByRole('heading', { name: 'Workers of web-1:7', level: 1 }).waitFor();

    expect(await page.getByRole('heading', { level: 2 }).count()).to.equal(2);
    expect(await page.getByText('2 of 2 processes').count()).to.equal(1);
    await page.getByRole('link', { name: 'web-1:2', exact: true }).click();
    expect(new URL(page.url()).hash).to.equal('#worker-w2');
  });

  it('leads from a bar of the picture to its job', async () => {
    const { page } = watched;
    await speak(1, blocking);
    await page.goto(`${monitor.url}/workers/w1`);

    const bar = page.locator('svg.lanes a').first();

    expect(await bar.getAttribute('href')).to.equal(`/queues/${QUEUE}/jobs/blocks`);
    expect(await bar.locator('text').textContent()).to.equal('report.build blocks its worker');
    expect(await bar.locator('title').textContent()).to.match(
      /^report\.build blocks of queue mail: blocks its worker, for 1 min/,
    );
  });

  it('says that a worker is not there any more', async () => {
    const { page, troubles } = watched;
    await page.goto(`${monitor.url}/workers/nobody`);

    await page.getByRole('link', { name: 'To the live workers' }).waitFor();

    expect(troubles.splice(0).join()).to.include('404');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1_280, 390]) {
      it(`can be read and used by everybody, ${colorScheme} and ${width} px wide`, async () => {
        const { page } = watched;
        await speak(1, blocking);
        await speak(2);
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await page.goto(`${monitor.url}/workers/web-1:7`);
        for (const summary of await page.locator('summary').all()) await summary.click();

        expect(await violationsOn(page)).to.deep.equal([]);
        const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(tooWide)).to.be.at.most(0);
      });
    }
  }
});
