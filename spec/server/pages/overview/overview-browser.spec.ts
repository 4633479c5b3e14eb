import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { violationsOn } from '../../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { until } from '../../../support/wait.ts';

/** A refresh comes every five seconds. */
const REFRESHED = { timeout: 15_000 };

describe('the overview in a browser', function () {
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

  const add = (queue: string): Promise<{ id: string }> =>
    monitor.producer.addRaw({ type: 'email.send', queue, data: {}, options: {} });
  const putSchedule = (): Promise<unknown> =>
    monitor.producer.schedules.putRaw({
      name: 'nightly',
      type: 'report.build',
      queue: QUEUE,
      cron: '30 3 * * *',
      data: {},
    });
  const message = (page: Page) => page.getByRole('status');
  /** Asks for a refresh as one does who comes back to the page. */
  const refresh = async (page: Page): Promise<void> => {
    const answer = page.waitForResponse((response) => response.request().resourceType() === 'fetch');
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await answer;
    await until(() => page.evaluate<boolean>('!isAsking'), 'it asks no more');
  };

  it('shows a queue that a producer has just made, without being loaded anew', async () => {
    const { page } = watched;
    await page.goto(monitor.url);
    await page.evaluate('window.isStillThere = true');

    await add('parcels');

    await page.getByRole('row', { name: /^parcels 1/ }).waitFor(REFRESHED);
    expect(await page.evaluate('window.isStillThere')).to.equal(true);
  });

  it('pauses a queue and resumes it, and says so', async () => {
    const { page } = watched;
    await page.goto(monitor.url);

    await page.getByRole('button', { name: 'Pause queue mail' }).click();
    await page.getByRole('button', { name: 'Resume queue mail' }).waitFor();
    const { paused } = await monitor.inspector.queue(QUEUE);
    const said = await message(page).textContent();
    await page.getByRole('button', { name: 'Resume queue mail' }).click();
    await page.getByRole('button', { name: 'Pause queue mail' }).waitFor();

    expect([paused?.by, said]).to.deep.equal(['monitor', 'Queue mail is paused.']);
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
  });

  it('retries all failures of a kind, after asking', async () => {
    const { page } = watched;
    const questions: string[] = [];
    page.on('dialog', (dialog) => questions.push(dialog.message()));
    for (let n = 0; n < 3; n++) await monitor.jobIn('failed');
    await page.goto(monitor.url);

    await page.getByRole('button', { name: /^Retry all 3 email.send jobs of queue mail/ }).click();

    await page.getByText('3 jobs of queue mail will run again.').waitFor();
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 3, failed: 0 });
    expect(questions).to.deep.equal([
      'Retry all 3 jobs of queue mail that failed with “mailbox full”? Each gets one further attempt.',
    ]);
    await page.getByRole('heading', { name: 'Failures' }).waitFor({ state: 'detached' });
  });

  it('pauses a schedule and fires it', async () => {
    const { page } = watched;
    await putSchedule();
    await page.goto(monitor.url);

    await page.getByRole('button', { name: 'Pause schedule nightly' }).click();
    await page.getByRole('button', { name: 'Resume schedule nightly' }).waitFor();
    await page.getByRole('button', { name: 'Fire now: schedule nightly' }).click();
    await page.getByText(/^Schedule nightly fired: job .* was added\.$/).waitFor();

    expect((await monitor.inspector.schedules.get(QUEUE, 'nightly'))?.paused?.by).to.equal('monitor');
    expect((await monitor.inspector.queue(QUEUE)).counts.waiting).to.equal(1);
    await page.getByRole('row', { name: /^nightly .* fired job / }).waitFor();
  });

  it('says what was refused', async () => {
    const { page, troubles } = watched;
    await page.goto(monitor.url);
    await monitor.inspector.pause(QUEUE, 'ada');

    await page.getByRole('button', { name: 'Pause queue mail' }).click();

    await page.getByText('queue mail is paused already').waitFor();
    await page.getByText('by ada').waitFor();
    expect(troubles.splice(0).every((trouble) => trouble.includes('409'))).to.equal(true);
  });

  it('keeps what is open, the focus and the selection when it is refreshed', async () => {
    const { page } = watched;
    await monitor.jobIn('succeeded');
    await page.goto(monitor.url);
    const table = page.locator('details').nth(1);
    await table.locator('summary').click();
    const button = page.getByRole('button', { name: 'Pause queue mail' });
    await button.focus();
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('#queue-mail a'))");

    await add('another');
    await page.getByRole('row', { name: /^another 1/ }).waitFor(REFRESHED);

    expect(await table.getAttribute('open')).to.equal('');
    expect(await button.evaluate((element) => element === element.ownerDocument.activeElement)).to.equal(
      true,
    );
    expect(await page.evaluate('String(getSelection())')).to.equal(QUEUE);
  });

  it('waits with the refresh while a field is filled in', async () => {
    const { page } = watched;
    await page.goto(monitor.url);
    await add('another');
    await page.reload();
    const field = page.getByRole('combobox', { name: 'Queue' });
    await field.focus();
    await field.selectOption('another');

    await add('third');
    await refresh(page);
    const duringInput = await page.getByRole('row', { name: /^third/ }).count();
    await field.blur();
    await page.getByRole('row', { name: /^third/ }).waitFor(REFRESHED);

    expect([duringInput, await field.inputValue()]).to.deep.equal([0, 'another']);
  });

  it('asks for nothing while nobody sees it', async () => {
    const { page } = watched;
    await page.clock.install();
    await page.goto(monitor.url);
    const setHidden = (isHidden: boolean): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })`);
    let asked = 0;
    page.on('request', () => asked++);

    await setHidden(true);
    await page.clock.runFor(60_000);
    const whileHidden = asked;
    await setHidden(false);
    await page.clock.runFor(5_000);
    await until(() => asked > 0, 'it asked again');

    expect(whileHidden).to.equal(0);
  });

  it('says that it is stale when the monitor does not answer, and goes on when it does', async () => {
    const { page, troubles } = watched;
    await page.goto(monitor.url);
    const stale = page.getByRole('alert').filter({ hasText: 'stale' });

    await page.route('**/*', (route) => route.abort());
    await stale.waitFor(REFRESHED);
    await page.unroute('**/*');
    await refresh(page);
    await stale.waitFor({ state: 'detached', ...REFRESHED });

    expect(troubles.splice(0).length).to.be.greaterThan(0);
  });

  it('works by keyboard alone', async () => {
    const { page } = watched;
    await page.goto(monitor.url);

    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to the content');
    await page.keyboard.press('Enter');
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate("document.activeElement.getAttribute('aria-label')");
      if (name === 'Pause queue mail') break;
    }
    await page.keyboard.press('Enter');

    await until(async () => (await monitor.inspector.queue(QUEUE)).paused !== null, 'the queue was paused');
  });

  it('chooses whose charts are shown', async () => {
    const { page } = watched;
    await monitor.jobIn('succeeded');
    await page.goto(monitor.url);

    await page.getByRole('combobox', { name: 'Queue' }).selectOption(QUEUE);
    await page.getByRole('button', { name: 'Show' }).click();

    await page.getByRole('heading', { name: 'Throughput of queue mail' }).waitFor();
    expect(new URL(page.url()).search).to.equal('?queue=mail');
  });

  it('works without scripts', async () => {
    if (!browser) return;
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${monitor.url}/?queue=mail`);

    await page.getByRole('button', { name: 'Pause queue mail' }).click();
    await page.getByRole('button', { name: 'Resume queue mail' }).waitFor();

    expect((await monitor.inspector.queue(QUEUE)).paused?.by).to.equal('monitor');
    expect(page.url()).to.equal(`${monitor.url}/?queue=mail`);
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read and used by everybody in the ${colorScheme} scheme`, async () => {
      const { page } = watched;
      await fill();
      await page.emulateMedia({ colorScheme });
      await page.goto(monitor.url);

      const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');

      expect(await violationsOn(page)).to.deep.equal([]);
      expect(background).to.equal(colorScheme === 'dark' ? 'rgb(18, 22, 28)' : 'rgb(246, 247, 249)');
    });
  }

  it('names its parts', async () => {
    const { page } = watched;
    await fill();
    await page.goto(monitor.url);

    const titles = ['Queues', 'Failures', 'Schedules', 'Groups'];
    for (const name of titles) {
      expect(await page.getByRole('heading', { name, exact: true, level: 2 }).count(), name).to.equal(1);
      expect(await page.getByRole('table', { name, exact: true }).count(), name).to.equal(1);
    }
    expect(await page.getByRole('img', { name: /^The last (hour|90 days) of all queues/ }).count()).to.equal(
      2,
    );
    expect(await page.getByRole('button', { name: /^\s*$/ }).count()).to.equal(0);
  });

  it('fits a narrow screen', async () => {
    const { page } = watched;
    await fill();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(monitor.url);

    const tooWide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );

    expect(tooWide).to.be.at.most(0);
  });

  const fill = async (): Promise<void> => {
    await monitor.jobIn('failed');
    await monitor.jobIn('succeeded');
    await putSchedule();
    await monitor.producer.addRaw({ type: 'digest', queue: QUEUE, data: {}, options: { group: 'user-7' } });
    await monitor.inspector.limits.set(QUEUE, { concurrency: 5 }, 'ada');
    await monitor.inspector.pause(QUEUE, 'ada');
  };
});
