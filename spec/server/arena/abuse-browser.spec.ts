import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

/** What would leave a mark if it ever ran, wherever on the page it is put. */
const ATTACKS = [
  '</script><script>window.attacked = 1</script>',
  '<img src=x onerror="window.attacked = 1">',
  '"><svg onload="window.attacked = 1">',
  `' onmouseover='window.attacked = 1' x='`,
  'javascript:window.attacked=1//',
  '{{#each this}}{{this}}{{/each}}{{constructor.constructor "window.attacked=1"}}',
  '-->\u2028<!--<script>',
  '</pre></code></body><body onload="window.attacked = 1">',
];

/** Passes the mouse over everything: what hangs on it would be run by that. */
const PASS_OVER = `for (const one of document.querySelectorAll('*'))
  for (const type of ['mouseover', 'mouseenter', 'mousemove', 'mouseout'])
    one.dispatchEvent(new MouseEvent(type, { bubbles: true }));`;

describe('text of producers in Arena, in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null = null;
  let monitor: SpecMonitor;
  let watched: WatchedPage;

  // One monitor for all: what its pages load is in the browser's cache from the second page on.
  before(async function () {
    browser = await launchBrowser();
    if (!browser) return this.skip();
    monitor = await openMonitor();
    watched = await openPage(browser);
  });

  after(async () => {
    if (!browser) return;
    await watched.leave();
    await monitor.close();
    await browser.close();
  });

  const open = async (path: string): Promise<void> => {
    await watched.page.goto(`${monitor.url}/arena${path}`);
  };
  const requireHarmless = async (path: string): Promise<void> => {
    await open(path);
    await watched.page.evaluate(PASS_OVER);
    expect(await watched.page.evaluate('window.attacked'), path).to.equal(undefined);
    expect(watched.troubles, path).to.deep.equal([]);
  };

  /** A failed job that has the text wherever a producer can put one. */
  async function addJob(attack: string): Promise<void> {
    const keys = queueKeys(monitor.prefix, QUEUE, false);
    const record = JSON.stringify({
      data: { [attack]: attack, arenaName: attack, name: attack, list: [attack] },
      options: {
        timestamp: 1,
        type: attack,
        addedBy: attack,
        headers: { [attack]: attack },
        key: attack,
        schedule: { name: attack, tick: 1 },
        run: [1, 1, 1, attack],
        errors: [{ name: attack, message: attack, at: 1, attempt: 1 }],
        stacktraces: [attack],
        logs: [{ at: 1, level: attack, message: attack }],
        outcome: attack,
        result: { [attack]: attack },
      },
      status: 'failed',
      progress: { [attack]: attack },
    });
    await monitor.client.hset(keys.jobs, attack, record);
    await monitor.client.multi().sadd(keys.failed, attack).zadd(keys.failedOrder, 1, attack).exec();
  }

  it('runs nothing of jobs, in lists and on pages', async () => {
    for (const attack of ATTACKS) await addJob(attack);

    for (const path of ['/failed', '/failed?order=asc&page=1', ...ATTACKS.map(pathOf)])
      await requireHarmless(`/redis/${QUEUE}${path}`);
    await open(`/redis/${QUEUE}/failed`);
    const shown = await watched.page.locator('.main').innerText();
    for (const attack of ATTACKS) expect(shown).to.include(attack.trim().slice(0, 12));
  });

  it('runs nothing of who paused and limited a queue, nor of its schedules', async () => {
    for (const attack of ATTACKS) {
      await monitor.inspector.pause(QUEUE, attack);
      await monitor.inspector.limits.set(QUEUE, { concurrency: 1 }, attack);
      const daily = { queue: QUEUE, type: 'x', cron: '0 3 * * *', data: attack };
      await monitor.producer.schedules.putRaw({ ...daily, name: 'daily' });

      await requireHarmless(`/redis/${QUEUE}`);
    }
  });

  it('runs nothing of the names of queues', async () => {
    const record = JSON.stringify({ data: 1, options: { timestamp: 1 }, status: 'created', progress: 0 });
    // Keys are told apart by these.
    const queues = ATTACKS.map((attack) => attack.replace(/[:{}]/g, ';'));
    for (const queue of queues) {
      await monitor.client.hset(`${monitor.prefix}:${queue}:jobs`, 'x', record);
      await monitor.client.lpush(`${monitor.prefix}:${queue}:waiting`, 'x');
    }
    monitor.inspector.census.forget();

    const pages = queues.map((queue) => `/redis${pathOf(queue)}`);
    for (const path of ['/', ...pages.flatMap((page) => [page, `${page}/waiting`, `${page}/x`])])
      await requireHarmless(path);
  });

  it('writes what nobody knows into pages that are not there as text', async () => {
    for (const part of ATTACKS.map(pathOf)) {
      for (const path of [`${part}/x`, `/redis${part}`, `/redis/${QUEUE}${part}-none`, part]) {
        await open(path);
        expect(await watched.page.evaluate('window.attacked'), path).to.equal(undefined);
      }
    }
  });
});

function pathOf(text: string): string {
  return `/${encodeURIComponent(text)}`;
}
