import { expect } from 'chai';
import type { MonitorUser } from '../../../lib/server/monitor/password-check.ts';
import { hashPassword } from '../../../lib/server/monitor/password-hash.ts';
import { type ArenaVisit, useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';

/** Everything on Arena's pages that changes something, or opens what does. */
const CHANGING = [
  '.js-pause-queue',
  '.js-resume-queue',
  '.js-remove-rate-limit-key',
  '.js-toggle-add-job-editor',
  '.js-add-job',
  '.js-toggle-update-queue-meta',
  '.js-update-queue-meta',
  '.js-bulk-action[data-action=remove]',
  '.js-bulk-action[data-action=clean]',
  '.js-bulk-action[data-action=retry]',
  '.js-bulk-action[data-action=promote]',
  '.js-bulk-job',
  '.js-select-all-jobs',
  '.js-remove-job',
  '.js-retry-job',
  '.js-promote-job',
  '.js-remove-repeatable-job',
  '.js-update-job-data',
];
const PASSWORD = 'correct horse';

describe('what Arena shows to whom', function () {
  this.timeout(120_000);
  let users: MonitorUser[];

  before(async () => {
    const passwordHash = await hashPassword(PASSWORD);
    users = [
      { name: 'vera', role: 'viewer', passwordHash },
      { name: 'otto', role: 'operator', passwordHash },
    ];
  });

  const signIn = ({ page }: ArenaVisit, name: string): Promise<void> =>
    page.setExtraHTTPHeaders({
      Authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
    });

  describe('with users', () => {
    const visit = useArena(() => ({ users }));

    it('shows an operator every button', async () => {
      await signIn(visit(), 'otto');

      expect(await visibleOnPages(visit())).to.deep.equal(CHANGING);
    });

    it('shows a viewer the pages and no button that changes anything', async () => {
      await signIn(visit(), 'vera');

      expect(await visibleOnPages(visit())).to.deep.equal([]);
      expect(visit().troubles).to.deep.equal([]);
    });

    it('notes who pressed a button', async () => {
      const { monitor, page, open, troubles } = visit();
      await signIn(visit(), 'otto');
      const id = await monitor.jobIn('failed');
      await open(`/${id}`);

      await Promise.all([page.waitForEvent('load'), page.click('text="Retry"')]);

      const { entries } = await monitor.inspector.audit.list();
      expect(entries).to.have.lengthOf(1);
      expect(entries[0]).to.deep.include({
        by: 'otto',
        through: 'monitor',
        action: 'retry',
        id,
        outcome: 'done',
      });
      expect(troubles).to.deep.equal([]);
    });
  });

  describe('in read-only mode', () => {
    const visit = useArena(() => ({ readOnly: true }));

    it('shows nobody a button that changes anything', async () => {
      expect(await visibleOnPages(visit())).to.deep.equal([]);
      expect(visit().troubles).to.deep.equal([]);
    });
  });
});

/** Goes through all pages and opens whatever can be opened; tells which of the changing parts are ever visible. */
async function visibleOnPages(visit: ArenaVisit): Promise<string[]> {
  const { monitor, page, open } = visit;
  const { producer, inspector } = monitor;
  await producer.schedules.putRaw({
    name: 'nightly',
    queue: QUEUE,
    type: 'tidy',
    cron: '0 3 * * *',
    data: 1,
  });
  await inspector.limits.set(QUEUE, { rate: { count: 1, perMs: 3_600_000 } }, 'spec');
  const ids = [await monitor.jobIn('failed'), await monitor.jobIn('delayed')];
  ids.push((await inspector.schedules.fireNow(QUEUE, 'nightly')).jobId);
  const seen = new Set<string>();
  const look = async (): Promise<void> => {
    for (const selector of CHANGING) {
      if ((await page.locator(`${selector}:visible`).count()) > 0) seen.add(selector);
    }
  };
  for (const path of ['', '/failed', '/delayed', '/waiting', '/active', ...ids.map((id) => `/${id}`)]) {
    await open(path);
    await look();
    for (const opener of [
      'text="Add Job"',
      '.js-toggle-update-queue-meta',
      'text="Edit"',
      '.header-collapse',
    ]) {
      const found = page.locator(opener).last();
      if ((await found.count()) > 0 && (await found.isVisible())) await found.click();
    }
    await page.locator('.collapsing').waitFor({ state: 'detached' });
    if ((await page.locator('text="Edit"').count()) > 0) await page.locator('#tab2primary.active').waitFor();
    await look();
  }
  await inspector.pause(QUEUE, 'spec');
  await open('');
  await look();
  return CHANGING.filter((selector) => seen.has(selector));
}
