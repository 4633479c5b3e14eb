import { expect } from 'chai';
import { violationsOn } from '../../support/accessibility.ts';
import { useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';

const SIZES = [
  { width: 1_280, height: 800 },
  { width: 390, height: 844 },
] as const;

describe('Arena, for everybody', function () {
  this.timeout(180_000);
  const visit = useArena();

  for (const viewport of SIZES)
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`can be used at ${viewport.width} px in ${colorScheme} colours`, async () => {
        const { monitor, page, troubles } = visit();
        const failed = await monitor.jobIn('failed');
        const ids = [failed, await monitor.jobIn('succeeded'), await monitor.jobIn('delayed')];
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const own = `/arena/redis/${QUEUE}`;
        const lists = ['waiting', 'active', 'delayed', 'succeeded', 'failed'].map((list) => `${own}/${list}`);

        for (const path of ['/arena/', own, ...lists, ...ids.map((id) => `${own}/${id}`)]) {
          await page.goto(monitor.url + path);
          expect(await violationsOn(page), path).to.deep.equal([]);
        }
        expect(troubles).to.deep.equal([]);
      });

      it(`can be used with all unfolded, at ${viewport.width} px in ${colorScheme} colours`, async () => {
        const { monitor, page } = visit();
        const id = await monitor.jobIn('failed');
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });

        await page.goto(`${monitor.url}/arena/redis/${QUEUE}`);
        for (const name of ['Add Job', 'Update']) {
          await page.getByRole('button', { name }).first().focus();
          await page.keyboard.press('Enter');
        }
        await page.getByLabel('Job name').waitFor();
        await page.getByLabel('Rate Limit Max').waitFor();
        expect(await violationsOn(page), 'queue').to.deep.equal([]);
        await page.goto(`${monitor.url}/arena/redis/${QUEUE}/failed`);
        await page.getByRole('button', { name: id }).click();
        await page.locator('.collapse.in').waitFor();
        expect(await violationsOn(page), 'list').to.deep.equal([]);
      });
    }
});
