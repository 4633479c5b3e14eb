import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { until } from '../../../support/wait.ts';
import { PageStep } from '../../../support/workflow-steps.ts';

const PATH = `/queues/${QUEUE}/workflows/w`;

describe('the pages of workflows in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;
  let firstId: string;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    monitor = await openMonitor();
    const { jobs } = await monitor.producer.addWorkflow(
      ({ job }) => {
        const a = job('a', PageStep, 1);
        const b = job('b', PageStep, 1, { after: [a] });
        job('makes-up-for-what-has-failed-of-it', PageStep, 1, { after: [a, b], when: 'failed' });
      },
      { id: 'w' },
    );
    firstId = jobs['a']?.id ?? '';
    if (browser) watched = await openPage(browser);
  });

  afterEach(async () => {
    await watched?.leave();
    await monitor.close();
  });

  const nodeOf = (name: string, state: string): string => `svg#node-${name}.${state}`;
  const failFirst = () => monitor.inspector.archive(QUEUE, firstId, 'ada');
  const kept = () => monitor.inspector.workflows.get(QUEUE, 'w');

  it('lead from the list to a workflow and to a job of it, and back', async () => {
    const { page, troubles } = watched;

    await page.goto(monitor.url);
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('combobox', { name: 'Queue' }).selectOption(QUEUE);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'w', exact: true }).click();
    await page.waitForURL(monitor.url + PATH);
    await page.locator(`${nodeOf('a', 'waiting')} a`).click();
    await page.waitForURL(`${monitor.url}/queues/${QUEUE}/jobs/${firstId}`);
    await page.getByRole('link', { name: 'workflow w' }).click();

    await page.waitForURL(monitor.url + PATH);
    expect(troubles).to.deep.equal([]);
  });

  it('draw what changes meanwhile, without losing the focus', async () => {
    const { page, troubles } = watched;
    await page.goto(monitor.url + PATH);
    await page.locator('#step-a a').focus();
    await failFirst();

    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator(nodeOf('a', 'failed')).waitFor();

    await page.locator(nodeOf('b', 'skipped')).waitFor();
    await page.locator(nodeOf('makes-up-for-what-has-failed-of-it', 'waiting')).waitFor();
    expect(await page.evaluate("document.activeElement.closest('#step-a') !== null")).to.equal(true);
    const counts = await page.locator('.legend li').allTextContents();
    expect(counts.map((text) => text.replaceAll(/\s+/g, ' '))).to.deep.equal([
      ...['1 failed', '1 waiting', '1 skipped'],
    ]);
    expect(troubles).to.deep.equal([]);
  });

  it('retry, run again and cancel by the keyboard alone', async () => {
    const { page, troubles } = watched;
    const questions: string[] = [];
    page.on('dialog', (dialog) => questions.push(dialog.message()));
    const press = async (name: string): Promise<void> => {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    await failFirst();
    await page.goto(monitor.url + PATH);

    await press('Retry what failed: workflow w');
    await page.getByText('Steps that will run again: a.').waitFor();
    await failFirst();
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator(nodeOf('a', 'failed')).waitFor();
    await press('Cancel: workflow w');
    await page.getByText('Workflow w is cancelled').waitFor();
    await press('Run again: step a');
    await page.getByText('Steps that will run again: a, b').waitFor();
    await page.locator(nodeOf('b', 'awaiting')).waitFor();

    expect((await kept())?.steps.map(({ state }) => state)).to.deep.equal([
      'waiting',
      'awaiting',
      'awaiting',
    ]);
    expect(questions).to.deep.equal([
      'Cancel workflow w, with the jobs of it that have not ended?',
      'Run step a again, and all steps that come after it?',
    ]);
    expect(troubles).to.deep.equal([]);
  });

  it('show the steps of a state that is chosen', async () => {
    const { page } = watched;
    await failFirst();
    await page.goto(monitor.url + PATH);

    await page.getByRole('link', { name: '1 failed' }).click();

    await page.waitForURL(`${monitor.url + PATH}?state=failed#steps`);
    expect(await page.locator('#steps tbody tr').count()).to.equal(1);
  });

  it('can be used without scripts', async function () {
    if (!browser) return this.skip();
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await failFirst();
      await page.goto(monitor.url + PATH);

      expect(await page.locator(nodeOf('a', 'failed')).count()).to.equal(1);
      await page.getByRole('button', { name: 'Retry what failed: workflow w' }).click();
      await page.waitForURL(monitor.url + PATH);

      expect(await page.locator(nodeOf('a', 'waiting')).count()).to.equal(1);
    } finally {
      await context.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everybody in ${colorScheme} colours`, async () => {
      const { page } = watched;
      await failFirst();
      await page.emulateMedia({ colorScheme });

      for (const path of [
        PATH,
        `${PATH}?state=failed`,
        `/workflows?queue=${QUEUE}`,
        '/workflows',
        `${PATH}x`,
      ]) {
        await page.goto(monitor.url + path);
        expect(await violationsOn(page), path).to.deep.equal([]);
      }
    });
  }

  it('fit a narrow screen, and can be scrolled there by the keyboard', async () => {
    const { page } = watched;
    await page.setViewportSize({ width: 390, height: 740 });

    for (const path of [PATH, `/workflows?queue=${QUEUE}`]) {
      await page.goto(monitor.url + path);
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).to.be.at.most(390);
    }
    await page.goto(monitor.url + PATH);
    const scroller = page.getByRole('figure', { name: 'Graph' });
    await scroller.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowRight');
    await until(
      () => page.evaluate<boolean>("document.querySelector('figure').scrollLeft > 0"),
      'it scrolls',
    );
  });
});
