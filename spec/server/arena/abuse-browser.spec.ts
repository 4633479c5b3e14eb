import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { type ArenaVisit, useArena } from '../../support/arena.ts';
import { QUEUE } from '../../support/monitor.ts';

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

describe('text of producers in Arena, in a browser', function () {
  this.timeout(120_000);
  const visit = useArena();

  const requireHarmless = async ({ page, troubles }: ArenaVisit, path: string): Promise<void> => {
    // Whatever hangs on the mouse is passed over.
    for (const part of await page.locator('.main h4, .main pre, .main button').all()) {
      if (await part.isVisible()) await part.hover({ force: true });
    }
    expect(await page.evaluate('window.attacked'), path).to.equal(undefined);
    expect(troubles, path).to.deep.equal([]);
  };

  for (const attack of ATTACKS) {
    it(`runs nothing of ${attack.slice(0, 40)}`, async () => {
      const { monitor, open } = visit();
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
      await monitor.inspector.pause(QUEUE, attack);
      await monitor.inspector.limits.set(QUEUE, { concurrency: 1 }, attack);
      const daily = { queue: QUEUE, type: 'x', cron: '0 3 * * *', data: attack };
      await monitor.producer.schedules.putRaw({ ...daily, name: 'daily' });

      for (const path of ['', '/failed', `/${encodeURIComponent(attack)}`, '/failed?order=asc&page=1']) {
        await open(path);
        await requireHarmless(visit(), path);
      }
    });

    it(`runs nothing of a queue named ${attack.slice(0, 40)}`, async () => {
      const { monitor, page } = visit();
      const record = JSON.stringify({ data: 1, options: { timestamp: 1 }, status: 'created', progress: 0 });
      const queue = attack.replace(/[:{}]/g, ';'); // Keys are told apart by these.
      await monitor.client.hset(`${monitor.prefix}:${queue}:jobs`, 'x', record);
      await monitor.client.lpush(`${monitor.prefix}:${queue}:waiting`, 'x');

      const root = `${monitor.url}/arena/redis/${encodeURIComponent(queue)}`;
      for (const path of [`${monitor.url}/arena/`, root, `${root}/waiting`, `${root}/x`]) {
        await page.goto(path);
        await requireHarmless(visit(), path);
      }
    });
  }

  it('writes what nobody knows into pages that are not there as text', async () => {
    const { monitor, page } = visit();
    for (const attack of ATTACKS) {
      const part = encodeURIComponent(attack);
      for (const path of [
        `/arena/${part}/x`,
        `/arena/redis/${part}`,
        `/arena/redis/${QUEUE}/${part}`,
        `/arena/${part}`,
      ]) {
        await page.goto(monitor.url + path);
        expect(await page.evaluate('window.attacked'), path).to.equal(undefined);
      }
    }
  });
});
