import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type ArenaVisit, useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

describe('the lists of Arena in a browser', function () {
  this.timeout(120_000);
  const visit = useArena();
  const shown = async ({ page }: ArenaVisit): Promise<string[]> =>
    (await page.locator('.list-group .label').allTextContents()).map((text) => text.trim());
  const follow = async ({ page }: ArenaVisit, selector: string): Promise<void> => {
    await Promise.all([page.waitForEvent('load'), page.click(selector)]);
  };
  const check = async ({ page }: ArenaVisit, ...ids: (string | undefined)[]): Promise<void> => {
    for (const id of ids) await page.check(`.list-group-item:has-text("${id}") .js-bulk-job`);
  };

  it('goes to the next page, to one by its number, and to the previous one', async () => {
    const { monitor, open, troubles } = visit();
    const ids = (await monitor.jobsIn('waiting', 5)).reverse();
    await open('/waiting?pageSize=2');

    await follow(visit(), '[aria-label="Next"]');
    const second = await shown(visit());
    await follow(visit(), '.pagination >> text="3"');
    const third = await shown(visit());
    await follow(visit(), '[aria-label="Previous"]');

    expect(second).to.deep.equal(ids.slice(2, 4));
    expect(third).to.deep.equal(ids.slice(4));
    expect(await shown(visit())).to.deep.equal(ids.slice(2, 4));
    expect(troubles).to.deep.equal([]);
  });

  it('marks the page that is shown, and leads nowhere from the first to a previous and from the last to a next', async () => {
    const { monitor, page, open, troubles } = visit();
    await monitor.jobsIn('waiting', 2);
    const arrows: number[] = [];

    for (const number of ['1', '2']) {
      await open(`/waiting?pageSize=1&page=${number}`);
      expect(await page.textContent('.pagination .active')).to.match(new RegExp(`^\\s*${number}\\s*$`));
      arrows.push(await page.locator('a[aria-label="Previous"]').count());
      arrows.push(await page.locator('a[aria-label="Next"]').count());
    }

    expect(arrows).to.deep.equal([0, 1, 1, 0]);
    expect(troubles).to.deep.equal([]);
  });

  it('leads nowhere from an empty list', async () => {
    const { page, open, troubles } = visit();

    await open('/failed');

    expect(await page.locator('.pagination a').count()).to.equal(0);
    expect(troubles).to.deep.equal([]);
  });

  for (const size of ['5', '20', '100', '1000']) {
    it(`shows ${size} jobs on a page when that is chosen, among them those that were shown`, async () => {
      const { monitor, page, open, troubles } = visit();
      const ids = (await monitor.jobsIn('waiting', 8)).reverse();
      await open('/waiting?pageSize=2&page=3');

      await page.click('text="Page Size"');
      await follow(visit(), `.dropdown-menu >> text=/^\\s*${size}\\s+jobs\\s*$/`);

      expect(new URL(page.url()).searchParams.get('pageSize')).to.equal(size);
      expect(await shown(visit())).to.deep.equal(ids.slice(0, Number(size)));
      expect(troubles).to.deep.equal([]);
    });
  }

  it('stays as it is when the present size is chosen', async () => {
    const { monitor, page, open, troubles } = visit();
    const ids = (await monitor.jobsIn('waiting', 5)).reverse();
    await open('/waiting?pageSize=2&page=2');

    await page.click('text="Page Size"');
    await follow(visit(), '.dropdown-menu >> text=/^\\s*2\\s+jobs\\s*$/');

    expect(await shown(visit())).to.deep.equal(ids.slice(2, 4));
    expect(troubles).to.deep.equal([]);
  });

  it('shows the oldest first, and the newest first again', async () => {
    const { monitor, page, open, troubles } = visit();
    const ids = await monitor.jobsIn('waiting', 3);
    await open('/waiting');

    await page.click('text="Order"');
    await follow(visit(), '.dropdown-menu >> text="asc"');
    const ascending = await shown(visit());
    await page.click('text="Order"');
    await follow(visit(), '.dropdown-menu >> text="desc"');

    expect(ascending).to.deep.equal(ids);
    expect(await shown(visit())).to.deep.equal([...ids].reverse());
    expect(troubles).to.deep.equal([]);
  });

  it('unfolds a job, with what leads to its page and to its JSON', async () => {
    const { monitor, page, open } = visit();
    const id = await monitor.jobIn('failed');
    await open('/failed');

    await page.click(`text="${id}"`);
    await page.locator('text="mailbox full"').first().waitFor();
    await follow(visit(), 'text="JSON"');

    expect(JSON.parse(String(await page.textContent('pre')))).to.deep.equal(
      await monitor.inspector.job(QUEUE, id),
    );
  });

  it('saves a dump of the list', async () => {
    const { monitor, page, open, troubles } = visit();
    const ids = await monitor.jobsIn('failed', 3);
    await open('/failed');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('text=/Dump jobs to JSON/'),
    ]);

    expect(download.suggestedFilename()).to.equal(`${QUEUE}-failed-dump.json`);
    const jobs = JSON.parse(await readFile(await download.path(), 'utf8')) as { id: string }[];
    expect(jobs.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
    // A download ends the loading of the page that it was asked for on.
    expect(troubles.filter((trouble) => !trouble.includes('failed.json'))).to.deep.equal([]);
  });

  it('selects all jobs and none', async () => {
    const { monitor, page, open, troubles } = visit();
    await monitor.jobsIn('waiting', 3);
    await open('/waiting');

    await page.check('.js-select-all-jobs');
    const all = await page.locator('.js-bulk-job:checked').count();
    await page.uncheck('.js-select-all-jobs');

    expect([all, await page.locator('.js-bulk-job:checked').count()]).to.deep.equal([3, 0]);
    expect(troubles).to.deep.equal([]);
  });

  it('removes exactly the jobs between two clicks, the second with the shift key', async () => {
    const { monitor, page, open, press, troubles } = visit();
    const ids = (await monitor.jobsIn('waiting', 5)).reverse();
    await open('/waiting');

    await page.locator('.js-bulk-job').nth(1).click();
    await page
      .locator('.js-bulk-job')
      .nth(3)
      .click({ modifiers: ['Shift'] });
    await press('text="Remove Jobs"');

    expect(await shown(visit())).to.deep.equal([ids[0], ids[4]]);
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 2 });
    expect(troubles).to.deep.equal([]);
  });

  for (const state of ['waiting', 'delayed', 'succeeded', 'failed'] as const) {
    it(`removes the chosen jobs of those that are ${state}`, async () => {
      const { monitor, open, press, troubles } = visit();
      const [first, second, third] = await monitor.jobsIn(state, 3);
      await open(`/${state}`);

      await check(visit(), first, third);
      await press('text="Remove Jobs"');

      expect(await shown(visit())).to.deep.equal([second]);
      expect((await monitor.inspector.queue(QUEUE)).counts[state]).to.equal(1);
      expect(troubles).to.deep.equal([]);
    });

    it(`cleans away those that are ${state}, and no others`, async () => {
      const { monitor, open, press, troubles } = visit();
      await monitor.jobIn('active');
      await monitor.jobsIn(state, 3);
      await open(`/${state}`);

      await press('text="Clean 1000 Jobs"');

      expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ [state]: 0, active: 1 });
      expect(troubles).to.deep.equal([]);
    });
  }

  it('retries the chosen jobs', async () => {
    const { monitor, open, press, troubles } = visit();
    const [first, second, third] = await monitor.jobsIn('failed', 3);
    await open('/failed');

    await check(visit(), first, third);
    await press('text="Retry Jobs"');

    expect(await shown(visit())).to.deep.equal([second]);
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 2, failed: 1 });
    expect(troubles).to.deep.equal([]);
  });

  it('promotes the chosen jobs', async () => {
    const { monitor, open, press, troubles } = visit();
    const [first, second] = await monitor.jobsIn('delayed', 2);
    await open('/delayed');

    await check(visit(), first);
    await press('text="Promote Jobs"');

    expect(await shown(visit())).to.deep.equal([second]);
    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ waiting: 1, delayed: 1 });
    expect(troubles).to.deep.equal([]);
  });

  it('changes nothing when no job is chosen', async () => {
    const { monitor, open, press, troubles } = visit();
    await monitor.jobsIn('failed', 2);
    await open('/failed');

    await press('text="Remove Jobs"');

    expect((await monitor.inspector.queue(QUEUE)).counts).to.include({ failed: 2 });
    expect(troubles).to.deep.equal([]);
  });

  it('says on the page when a job could not be changed, and changes the others', async () => {
    const { monitor, page, open, troubles } = visit();
    const [first = '', second] = await monitor.jobsIn('failed', 2);
    await open('/failed');
    await monitor.inspector.retry(QUEUE, first);
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()));

    await page.check('.js-select-all-jobs');
    await page.click('text="Retry Jobs"');
    await until(() => dialogs.length === 2, 'the answer is shown');

    expect(dialogs.at(-1)).to.match(/^Request failed/);
    await until(
      () => troubles.join().includes(`1 of 2 jobs were retried, but not ${first} (waiting)`),
      'it says why',
    );
    expect((await monitor.inspector.job(QUEUE, second ?? ''))?.state).to.equal('waiting');
  });

  const OFFERED = {
    waiting: ['Remove Jobs', 'Clean 1000 Jobs'],
    active: [],
    delayed: ['Remove Jobs', 'Clean 1000 Jobs', 'Promote Jobs'],
    succeeded: ['Remove Jobs', 'Clean 1000 Jobs'],
    failed: ['Remove Jobs', 'Clean 1000 Jobs', 'Retry Jobs'],
  } as const;
  for (const [state, offered] of Object.entries(OFFERED)) {
    it(`offers for those that are ${state} ${offered.length === 0 ? 'nothing' : offered.join(', ')}`, async () => {
      const { monitor, page, open, troubles } = visit();
      await monitor.jobIn(state as keyof typeof OFFERED);

      await open(`/${state}`);

      const texts = await page.locator('.js-bulk-action:visible').allTextContents();
      expect(texts.map((text) => text.trim())).to.deep.equal(offered);
      const boxes = page.locator('.js-bulk-job:visible, .js-select-all-jobs:visible');
      expect(await boxes.count()).to.equal(state === 'active' ? 0 : 2);
      expect(troubles).to.deep.equal([]);
    });
  }
});
