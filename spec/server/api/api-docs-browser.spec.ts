import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { violationsOn } from '../../support/accessibility.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { launchBrowser, openPage } from '../../support/browser.ts';

describe('the page of the API in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let api: SpecApi;

  before(async function () {
    browser = await launchBrowser();
    if (!browser) return this.skip();
    api = await startApi();
  });

  after(async () => {
    await browser?.close();
    await api?.close();
  });

  it('loads nothing else, keeps nobody out, and leads to each call', async () => {
    if (!browser) throw new Error('the browser was started');
    const { page, troubles, leave } = await openPage(browser);
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));

    await page.goto(`${api.origin}/v1/docs`);
    await page.getByRole('link', { name: 'PUT /v1/queues/{queue}/limits' }).click();
    const violations = await violationsOn(page);
    const shown = await page.locator('article:target').innerText();
    await leave();

    expect(violations).to.deep.equal([]);
    expect(troubles).to.deep.equal([]);
    expect(loaded).to.deep.equal(['/v1/docs']);
    expect(shown)
      .to.include('Sets all limits of a queue')
      .and.to.include('Needs a key with the scope operate');
  });
});
