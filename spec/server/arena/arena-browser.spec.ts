import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';

const styleOf = (page: Page, selector: string, property: string): Promise<unknown> =>
  page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);

describe('Arena in a browser', function () {
  this.timeout(120_000);
  const visit = useArena();

  it('leads from the overview to the page of a succeeded job', async () => {
    const { monitor, page, troubles } = visit();
    const id = await monitor.jobIn('succeeded');

    await page.goto(`${monitor.url}/arena/`);
    await page.click(`text="${QUEUE}"`);
    await page.click('a:has-text("succeeded")');
    await page.click(`text="${id}"`);
    await page.click(`text="Job ${id}"`);

    await page.waitForURL(`${monitor.url}/arena/redis/${QUEUE}/${id}`);
    expect(await page.textContent('.main'))
      .to.include('sent')
      .and.include('a@example.com');
    expect(troubles).to.deep.equal([]);
  });

  it('leads back by the navigation at the side', async () => {
    const { monitor, page, troubles, open } = visit();
    const id = await monitor.jobIn('succeeded');
    await open(`/${id}`);

    await page.click('.sidebar >> text="Succeeded Jobs"');
    await page.waitForURL(/\/mail\/succeeded$/);
    await page.click(`.sidebar a:has-text("redis/${QUEUE}")`);
    await page.waitForURL(/\/redis\/mail$/);
    await page.click('.sidebar >> text="Queues Overview"');

    await page.waitForURL(`${monitor.url}/arena/`);
    expect(troubles).to.deep.equal([]);
  });

  it('folds the queues of a host away and shows them again', async () => {
    const { monitor, page, troubles } = visit();
    await page.goto(`${monitor.url}/arena/`);
    const link = page.locator(`.list-group >> text="${QUEUE}"`);

    await page.click('.panel-title a');
    await link.waitFor({ state: 'hidden' });
    await page.click('.panel-title a');
    await link.waitFor({ state: 'visible' });

    expect(troubles).to.deep.equal([]);
  });

  it('leads to the overview of the monitor from the bar at the top', async () => {
    const { monitor, page, troubles, open } = visit();
    await open('');

    await page.click('.navbar >> text="Apiary"');

    await page.waitForURL(`${monitor.url}/`);
    expect(troubles).to.deep.equal([]);
  });

  for (const [state, text] of [
    ['waiting', 'Timeline and why it is not running'],
    ['active', 'Timeline and cancel'],
    ['failed', 'Timeline'],
  ] as const) {
    it(`leads from a job that is ${state} to our page of it`, async () => {
      const { monitor, page, open, troubles } = visit();
      const id = await monitor.jobIn(state);
      await open(`/${id}`);

      await page.click(`.main >> text="${text}"`);

      await page.waitForURL(`${monitor.url}/queues/${QUEUE}/jobs/${id}`);
      expect(await page.textContent('main')).to.include(id);
      expect(troubles).to.deep.equal([]);
    });
  }

  it('is dark where the browser asks for it, and light elsewhere', async () => {
    const { monitor, page, troubles, open } = visit();
    const lightness = async (selector: string): Promise<number> => {
      const color = String(await styleOf(page, selector, 'backgroundColor'));
      const parts = /rgb\((\d+), (\d+), (\d+)\)/.exec(color)?.slice(1) ?? [];
      return Math.max(...parts.map(Number));
    };
    await monitor.jobIn('waiting');
    await open('/waiting');

    for (const selector of ['body', '.sidebar', '.list-group-item', '.btn-default', '.pagination span']) {
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await lightness(selector), selector).to.be.lessThan(100);
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await lightness(selector), selector).to.be.greaterThan(200);
    }
    expect(troubles).to.deep.equal([]);
  });

  it('writes dark text on light and light text on dark in the editor too', async () => {
    const { monitor, page, troubles, open } = visit();
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(`/${await monitor.jobIn('waiting')}`);

    await page.click('text="Edit"');

    await page.locator('.ace_variable').first().waitFor();
    expect(await styleOf(page, '.ace_variable', 'color')).to.equal('rgb(228, 232, 238)');
    expect(await styleOf(page, '.ace_editor', 'backgroundColor')).to.equal('rgb(18, 22, 28)');
    expect(troubles).to.deep.equal([]);
  });
});
