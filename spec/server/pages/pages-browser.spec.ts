import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../support/accessibility.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { patiently, until } from '../../support/wait.ts';

/** A page is followed after a second, and then sent every other second; else it asks every five. */
const FOLLOWED_MS = 15_000;

describe('the pages of jobs in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;
  const jobUrl = (id: string): string => `${monitor.url}/queues/${QUEUE}/jobs/${encodeURIComponent(id)}`;

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

  const stateOf = async (id: string): Promise<unknown> => (await monitor.inspector.job(QUEUE, id))?.state;

  it('lead from a search to a failed job, and offer it again', async () => {
    const { page, troubles } = watched;
    await monitor.jobIn('failed');
    const id = await monitor.jobIn('failed', { customer: { city: 'Bern' } });

    await page.goto(`${monitor.url}/search`);
    await page.getByLabel('Queue').selectOption(QUEUE);
    await page.getByLabel('State').selectOption('failed');
    await page.getByLabel('Part of the newest error').fill('box full');
    await page.getByLabel('Path in the data').fill('customer.city');
    await page.getByLabel('Value there').fill('Bern');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Looked at all 2 failed jobs of queue mail: found 1 job.').waitFor();
    await page.getByRole('link', { name: id }).click();
    await page.waitForURL(jobUrl(id));
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.locator('#messages', { hasText: `Job ${id} will run again.` }).waitFor();
    await page.locator('#timeline', { hasText: 'waits for attempt 2' }).waitFor();

    expect(await stateOf(id)).to.equal('waiting');
    expect(await page.getByRole('button', { name: 'Retry' }).count()).to.equal(0);
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).to.equal(1);
    expect(troubles).to.deep.equal([]);
  });

  it('give a job the signal that it waits for', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('delayed');
    const key = `${monitor.prefix}:${QUEUE}:jobs`;
    const record = JSON.parse((await monitor.client.hget(key, id)) ?? '');
    record.options.waits = { until: { approved: [9e12] }, on: ['approved'] };
    await monitor.client.hset(key, id, JSON.stringify(record));
    await page.goto(jobUrl(id));

    expect(await violationsOn(page)).to.deep.equal([]);
    await page.getByLabel('Data of approved').fill('{"by": "ada"}');
    await page.getByRole('button', { name: 'Give signal approved' }).click();
    await page.locator('#messages', { hasText: `Job ${id} has the signal.` }).waitFor();

    const again = await monitor.inspector.signal(QUEUE, id, 'approved', null);
    expect(again).to.deep.include({ created: false });
    expect(troubles).to.deep.equal([]);
  });

  it('make a delayed job due', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('delayed');
    await page.goto(jobUrl(id));

    await page.getByRole('button', { name: 'Run now' }).click();
    await page.locator('#messages', { hasText: `Job ${id} is due now.` }).waitFor();
    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor();

    expect(await stateOf(id)).to.equal('waiting');
    expect(troubles).to.deep.equal([]);
  });

  it('cancel a job when that is confirmed, by the keyboard alone', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('waiting');
    const questions: string[] = [];
    page.on('dialog', (dialog) => questions.push(dialog.message()));
    await page.goto(jobUrl(id));

    await page.getByRole('button', { name: 'Cancel' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#job .mark', { hasText: 'cancelled' }).waitFor();

    expect(questions).to.deep.equal([`Cancel job ${id}? It will not be retried.`]);
    expect(await monitor.inspector.job(QUEUE, id)).to.include({ state: 'failed', outcome: 'cancelled' });
    expect(await page.locator('#timeline').innerText()).to.include('cancelled by monitor');
    expect(troubles).to.deep.equal([]);
  });

  it('remove a job, and lead to the search of its state', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('succeeded');
    await page.goto(jobUrl(id));

    await Promise.all([
      page.waitForURL(`${monitor.url}/search?queue=${QUEUE}&state=succeeded`),
      page.getByRole('button', { name: 'Remove' }).click(),
    ]);

    expect(await stateOf(id)).to.equal(undefined);
    await page.getByText('Looked at all 0 succeeded jobs').waitFor();
    expect(troubles).to.deep.equal([]);
  });

  it('say of a job that moved on meanwhile why a button did nothing', async () => {
    const { page } = watched;
    const id = await monitor.jobIn('failed');
    await page.goto(jobUrl(id));
    await monitor.inspector.retry(QUEUE, id);

    await page.getByRole('button', { name: 'Retry' }).click();

    await page
      .locator('#messages', {
        hasText: `job ${id} is waiting, so it was not retried; only a failed job can be`,
      })
      .waitFor();
    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor();
  });

  it('follow a job without asking again and again, and not while nobody sees them', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('failed');
    await page.goto(jobUrl(id));
    await until(() => page.evaluate('isFollowed()').then(Boolean), 'it is followed');
    let asked = 0;
    page.on('request', () => asked++);

    await monitor.inspector.retry(QUEUE, id);
    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor({ timeout: patiently(FOLLOWED_MS) });

    expect(asked).to.equal(0);
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    expect(await page.evaluate('following')).to.equal(null);
    expect(troubles).to.deep.equal([]);
  });

  it('ask again and again where they cannot be followed', async () => {
    const { page } = watched;
    const id = await monitor.jobIn('failed');
    await page.route('**/*', (route) =>
      route.request().resourceType() === 'eventsource' ? route.fulfill({ status: 429 }) : route.continue(),
    );
    await page.goto(jobUrl(id));

    await monitor.inspector.retry(QUEUE, id);

    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor({ timeout: patiently(FOLLOWED_MS) });
    expect(await page.evaluate('isFollowed()')).to.equal(false);
  });

  it('show times in the zone of the reader, or by UTC, as was chosen once', async function () {
    if (!browser) return this.skip();
    const id = await monitor.jobIn('failed');
    const context = await browser.newContext({ timezoneId: 'Asia/Kolkata' });
    try {
      const page = await context.newPage();
      await page.goto(jobUrl(id));
      const first = page.locator('#timeline time').first();
      const utcSwitch = page.getByRole('button', { name: 'Times in UTC' });
      const [local, onHover] = [await first.innerText(), await first.getAttribute('title')];

      await utcSwitch.focus();
      await page.keyboard.press('Enter');
      const utc = await first.innerText();
      await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      await until(() => page.evaluate('!isAsking').then(Boolean), 'it has asked');
      await page.reload();

      expect(local).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:GMT\+5:30|IST)$/);
      expect(onHover).to.equal(utc);
      expect(utc).to.match(/ UTC$/);
      expect(Date.parse(`${local.slice(0, 19).replace(' ', 'T')}+05:30`)).to.equal(
        Date.parse(`${utc.slice(0, 19).replace(' ', 'T')}Z`),
      );
      expect(await first.innerText()).to.equal(utc);
      expect(await utcSwitch.getAttribute('aria-pressed')).to.equal('true');
      expect(await violationsOn(page)).to.deep.equal([]);
    } finally {
      await context.close();
    }
  });

  it('keep a stack open while the page is kept fresh', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('failed');
    await page.goto(jobUrl(id));

    await page.getByText('Stack').click();
    await monitor.inspector.retry(QUEUE, id);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator('#job .mark', { hasText: 'waiting' }).waitFor();

    expect(await page.locator('#errors details').getAttribute('open')).to.equal('');
    expect(troubles).to.deep.equal([]);
  });

  it('show what was done, and lead to the job', async () => {
    const { page, troubles } = watched;
    const id = await monitor.jobIn('failed');
    await page.goto(jobUrl(id));
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.locator('#messages', { hasText: `Job ${id} will run again.` }).waitFor();

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('combobox', { name: 'Queue' }).selectOption(QUEUE);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL((url) => url.pathname === '/audit' && url.searchParams.get('queue') === QUEUE);
    await page.locator('#changes').getByRole('link', { name: id }).click();

    await page.waitForURL(jobUrl(id));
    expect(troubles).to.deep.equal([]);
  });

  it('run no script that a producer wrote, and load nothing that it names', async () => {
    const { page, troubles } = watched;
    const attack =
      '</pre></script><script>window.attacked = true</script><img src="http://192.0.2.1/x" onerror="window.attacked = true">';
    const id = `${attack}/?#"`;
    await monitor.producer.addRaw({
      type: 'email.send',
      queue: QUEUE,
      data: { [attack]: attack },
      options: { id, key: attack, headers: { a: attack } },
    });

    await page.goto(
      `${monitor.url}/search?${new URLSearchParams({ queue: QUEUE, state: 'waiting', key: attack })}`,
    );
    await page.locator('#found a.id').click();
    await page.waitForURL(jobUrl(id));
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.locator('#job .mark', { hasText: 'discarded' }).waitFor();
    await page.goto(`${monitor.url}/audit`);

    expect(await page.locator('#changes a.id').innerText()).to.equal(id);
    expect(await page.evaluate('window.attacked')).to.equal(undefined);
    expect(troubles).to.deep.equal([]);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everybody in ${colorScheme} colours`, async () => {
      const { page } = watched;
      const id = await monitor.jobIn('failed');
      await monitor.send('POST', `/actions/queues/${QUEUE}/jobs/${id}/promote`);
      await page.emulateMedia({ colorScheme });

      for (const path of [
        `/queues/${QUEUE}/jobs/${id}`,
        `/queues/${QUEUE}/jobs/${await monitor.jobIn('delayed')}`,
        `/queues/${QUEUE}/jobs/nobody`,
        `/search?queue=${QUEUE}&state=failed`,
        '/search?queue=nowhere&state=done&value=x',
        '/audit',
      ]) {
        await page.goto(monitor.url + path);
        expect(await violationsOn(page), path).to.deep.equal([]);
      }
    });
  }

  it('fit a narrow screen', async () => {
    const { page } = watched;
    const id = await monitor.jobIn('failed', { long: 'x'.repeat(500) });
    await page.setViewportSize({ width: 360, height: 740 });

    for (const path of [`/queues/${QUEUE}/jobs/${id}`, `/search?queue=${QUEUE}&state=failed`, '/audit']) {
      await page.goto(monitor.url + path);
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).to.be.at.most(360);
    }
  });

  it('have one name for each button', async () => {
    const { page } = watched;
    await page.goto(jobUrl(await monitor.jobIn('delayed')));

    const names = await page
      .getByRole('button')
      .evaluateAll((all: { ariaLabel: string | null; textContent: string }[]) =>
        all.map(({ ariaLabel, textContent }) => ariaLabel ?? textContent),
      );

    expect(names).to.have.length(6);
    expect(new Set(names).size).to.equal(names.length);
  });
});
