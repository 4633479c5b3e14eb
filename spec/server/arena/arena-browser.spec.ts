import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

describe('Arena in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;
  const pageUrl = (path: string): string => `${monitor.url}/arena/redis/${QUEUE}${path}`;

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
    await watched?.page.close();
    await monitor.close();
  });

  it('leads from the overview to the page of a succeeded job', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('succeeded');

    await page.goto(monitor.url);
    await page.click('text="Arena"');
    await page.click(`text="${QUEUE}"`);
    await page.click('a:has-text("succeeded")');
    await page.click(`text="${id}"`);
    await page.click(`text="Job ${id}"`);

    await page.waitForURL(pageUrl(`/${id}`));
    expect(await page.textContent('.main'))
      .to.include('sent')
      .and.include('a@example.com');
    expect(troubles).to.deep.equal([]);
  });

  it('retries a failed job', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('failed');
    await page.goto(pageUrl(`/${id}`));

    await Promise.all([page.waitForEvent('load'), page.click('.js-retry-job')]);

    expect((await monitor.inspector.job(QUEUE, id))?.state).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  it('removes a job and goes back to the list it was in', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('succeeded');
    await page.goto(pageUrl(`/${id}`));

    await Promise.all([page.waitForURL(pageUrl('/succeeded')), page.click('.js-remove-job')]);

    expect(await monitor.inspector.job(QUEUE, id)).to.equal(null);
    expect(troubles).to.deep.equal([]);
  });

  it('retries the chosen jobs of a list', async () => {
    const { page, troubles } = watched;
    for (let count = 0; count < 3; count++) await monitor.jobIn('failed');
    await page.goto(pageUrl('/failed'));

    await page.check('.js-select-all-jobs');
    await Promise.all([page.waitForEvent('load'), page.click('text="Retry Jobs"')]);

    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 3, failed: 0 });
    expect(troubles).to.deep.equal([]);
  });

  it('promotes a delayed job', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('delayed');
    await page.goto(pageUrl(`/${id}`));

    await Promise.all([page.waitForEvent('load'), page.click('.js-promote-job')]);

    expect((await monitor.inspector.job(QUEUE, id))?.state).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  it('limits how many jobs of a queue run at a time', async () => {
    const { page, troubles } = watched;
    await page.goto(pageUrl(''));

    await page.click('.js-toggle-update-queue-meta');
    await page.fill('.js-update-meta-concurrency', '4');
    await Promise.all([page.waitForEvent('load'), page.click('.js-update-queue-meta')]);

    expect(await page.textContent('.meta-table')).to.match(/concurrency\s+4/);
    expect((await monitor.inspector.limits.get(QUEUE))?.limits).to.deep.equal({ concurrency: 4 });
    expect(troubles).to.deep.equal([]);
  });

  it('pauses a queue and resumes it', async () => {
    const { page, troubles } = watched;
    await page.goto(pageUrl(''));

    await page.click('.js-pause-queue');
    await page.waitForSelector('.js-resume-queue');
    const { paused } = await monitor.inspector.queue(QUEUE);
    await page.click('.js-resume-queue');
    await page.waitForSelector('.js-pause-queue');

    expect(paused?.by).to.equal('monitor');
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
    expect(troubles).to.deep.equal([]);
  });

  it('adds a job of the type and with the data that are entered', async () => {
    const { page, troubles } = watched;
    await page.goto(pageUrl(''));

    await page.click('text="Add Job"');
    await page.fill('.js-add-job-name', 'sms.send');
    await page.evaluate('window.jsonEditor.set({ text: "a & b" })');
    await Promise.all([page.waitForResponse(/\/job$/), page.click('.js-add-job')]);

    const { jobs } = await monitor.inspector.jobs(QUEUE, { state: 'waiting' });
    expect(jobs).to.have.lengthOf(1);
    expect(jobs[0]).to.deep.include({ type: 'sms.send', data: { text: 'a & b' } });
    expect(troubles).to.deep.equal([]);
  });

  it('does not change data by saving it as it was shown', async () => {
    const { page, troubles } = watched;
    const data = { url: 'https://example.com/?a=1&b="2"', html: '</script><b>&amp;</b>' };
    const id = await monitor.jobIn('waiting', data);
    await page.goto(pageUrl(`/${id}`));

    await page.click('text="Edit"');
    await Promise.all([page.waitForEvent('load'), page.click('.js-update-job-data')]);

    expect((await monitor.inspector.job(QUEUE, id))?.data).to.deep.equal(data);
    expect(troubles).to.deep.equal([]);
  });

  it('checks edited data as it is typed, in the worker of the editor', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('waiting');

    await Promise.all([page.waitForEvent('worker'), page.goto(pageUrl(`/${id}`))]);
    await page.click('text="Edit"');
    await page.evaluate('window.jsonEditor.setText("{oops")');

    await page.waitForSelector('#jsoneditor .ace_error');
    expect(troubles).to.deep.equal([]);
  });

  it('runs no script that a producer wrote into a job', async () => {
    const { page, troubles } = watched;
    const attack =
      '</script><script>window.attacked = true</script><img src=x onerror="window.attacked = true">';
    const id = await monitor.jobIn('waiting', { [attack]: attack, arenaName: attack });

    for (const path of [`/${id}`, '/waiting']) {
      await page.goto(pageUrl(path));
      expect(await page.evaluate('window.attacked'), path).to.equal(undefined);
    }
    expect(troubles).to.deep.equal([]);
  });
});
