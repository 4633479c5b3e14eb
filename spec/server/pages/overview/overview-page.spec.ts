import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { queueKeys } from '../../../../lib/engine/keys.ts';
import { announce, type WorkerInfo } from '../../../../lib/engine/queries/presence.ts';
import { hashPassword } from '../../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { pageText } from '../../../support/page-text.ts';
import { startProxy } from '../../../support/proxy.ts';
import { type SpecRedis, startRedis } from '../../../support/redis.ts';

const ATTACK = '"><script>attack()</script><img src=x onerror=attack()>';

describe('the overview', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  const html = async (path = '/'): Promise<string> => (await monitor.fetch(path)).text();
  const text = async (path = '/'): Promise<string> => pageText(await html(path));
  /** The row of a table, by the name that it begins with. */
  const rowOf = async (name: string, path = '/'): Promise<string> => {
    const rows = (await html(path)).match(/<tr[ >].*?<\/tr>/gs) ?? [];
    const texts = rows.map((row) => pageText(`<body>${row}</body>`).trim());
    return texts.find((row) => row.startsWith(name)) ?? `no row begins with ${name}`;
  };

  it('is a page that nobody keeps and whose forms go nowhere else', async () => {
    const { headers } = await monitor.fetch('/');

    expect(headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-security-policy')).to.include("form-action 'self'");
    expect(headers.get('referrer-policy')).to.equal('same-origin');
  });

  it('loads itself anew where no scripts run', async () => {
    expect(await html()).to.match(/<noscript><meta http-equiv="refresh" content="\d+"\/?><\/noscript>/);
  });

  describe('of queues', () => {
    it('counts the jobs of each, and leads to the lists of them and to its page', async () => {
      for (const state of ['active', 'failed', 'failed', 'succeeded'] as const) await monitor.jobIn(state);
      await monitor.jobIn('delayed');
      for (let n = 0; n < 3; n++) await monitor.jobIn('waiting');

      const [page, row] = await Promise.all([html(), rowOf(QUEUE)]);

      expect(row).to.match(/^mail 3 1 1 0 2 1 – – \d+ m?s Pause$/);
      for (const state of ['waiting', 'active', 'delayed', 'failed', 'succeeded']) {
        expect(page).to.include(`href="/arena/redis/mail/${state}"`);
      }
      expect(page).to.include('href="/queues/mail"');
    });

    it('tells who paused one, and since when', async () => {
      await monitor.inspector.pause(QUEUE, 'ada');

      expect(await rowOf(QUEUE)).to.match(/^mail paused by ada, (now|\d+ s ago) .*Resume$/);
    });

    it('tells its limits', async () => {
      const limits = { concurrency: 50, rate: { count: 100, perMs: 60_000 }, perKey: { concurrency: 1 } };
      await monitor.inspector.limits.set(QUEUE, limits, 'ada');

      expect(await rowOf(QUEUE)).to.include(
        'Limits: 50 at a time, 100 starts per 1 min; per key 1 at a time',
      );
    });

    it('tells what becomes of it as it goes now', async () => {
      for (let n = 0; n < 30; n++) await monitor.jobIn('waiting');
      const { samples } = queueKeys(monitor.prefix, QUEUE, false);
      const at = Date.now() - 300_000;
      await monitor.client.hset(samples, String(Math.floor(at / 60_000)), `${at} 0 0 0`);

      expect(await rowOf(QUEUE)).to.include('As it goes now: grows by 6 a minute');
    });

    it('tells how many come and go per minute', async () => {
      await monitor.jobIn('waiting');
      const { samples } = queueKeys(monitor.prefix, QUEUE, false);
      const at = Date.now() - 300_000;
      await monitor.client.hset(samples, String(Math.floor(at / 60_000)), `${at} 0 0 0`);

      expect(await rowOf(QUEUE)).to.match(/^mail 1 0 0 0 0 0 0\.2 0 /);
    });

    it('tells how many wait in groups, and the groups', async () => {
      const options = { group: 'user-7' };
      await monitor.producer.addRaw({ type: 'digest', queue: QUEUE, data: {}, options });

      expect(await rowOf(QUEUE)).to.match(/^mail 0 0 0 1 0 0 /);
      expect(await rowOf('user-7')).to.match(/^user-7 of digest mail 1 0 in .* or with \d+ jobs$/);
    });
  });

  describe('of charts', () => {
    const setHistory = async (queue: string, succeeded: number, failed: number): Promise<void> => {
      const day = Math.floor(Date.now() / 86_400_000) - 1;
      const { stats } = queueKeys(monitor.prefix, queue, false);
      await monitor.client.hset(stats, `succeeded:${day}`, succeeded, `failed:${day}`, failed);
    };

    beforeEach(async () => {
      await monitor.producer.addRaw({ type: 'invoice', queue: 'billing', data: {}, options: {} });
      await setHistory(QUEUE, 1_000, 10);
      await setHistory('billing', 200, 3);
    });

    it('sums all queues, in words too', async () => {
      const page = await text();

      expect(page).to.include('Throughput of all queues');
      expect(page).to.match(/In these days 1,200 succeeded and 13 failed, most in \d{4}-\d\d-\d\d: 1,213\./);
      expect(page).to.match(/\d{4}-\d\d-\d\d 1,200 13 /);
    });

    it('are of one queue when it is chosen', async () => {
      const page = await text('/?queue=billing');

      expect(page).to.include('Throughput of queue billing');
      expect(page).to.include('In these days 200 succeeded and 3 failed');
      expect(await html('/?queue=billing')).to.match(
        /<option selected value="billing"|<option value="billing" selected/,
      );
    });

    it('are of all when there is no such queue, or no one queue is meant', async () => {
      for (const query of ['queue=gone', 'queue=__proto__', 'queue=mail&queue=billing', 'queue[a]=1']) {
        expect(await text(`/?${query}`), query).to.include('Throughput of all queues');
      }
    });
  });

  describe('of failures', () => {
    it('counts those of a kind together and leads to the newest', async () => {
      await monitor.jobIn('failed');
      const newest = await monitor.jobIn('failed');

      const row = await rowOf('mailbox full');

      expect(row).to.match(new RegExp(`^mailbox full mail · email.send 2 .* ${newest} Retry all 2$`));
      expect(await html()).to.include(`href="/queues/mail/jobs/${newest}"`);
      expect(await text()).to.include('all 2 failed jobs were looked at');
    });

    it('has no section of them when there are none', async () => {
      await monitor.jobIn('succeeded');

      expect(await html()).not.to.include('failures-title');
    });
  });

  describe('of workers', () => {
    const worker = (changes: Partial<WorkerInfo>): WorkerInfo => ({
      id: 'w1',
      host: 'node-a',
      pid: 77,
      version: '1.2.3',
      startedAt: Date.now() - 3_600_500,
      queues: [
        { name: QUEUE, weight: 3 },
        { name: 'billing', weight: 1 },
      ],
      strict: false,
      concurrency: 10,
      status: 'running',
      handlers: [{ type: 'email.send', queue: QUEUE }],
      runningCount: 0,
      running: [],
      ...changes,
    });
    const runs = (id: string, forMs: number): WorkerInfo['running'][number] => ({
      queue: QUEUE,
      id,
      type: 'email.send',
      startedAt: Date.now() - forMs,
    });

    it('tells where each is, what it serves and how much it runs', async () => {
      await announce(monitor, worker({ runningCount: 1, running: [runs('j1', 90_500)] }));

      expect(await rowOf('node-a')).to.match(
        /^node-a:77 version 1\.2\.3 running Pause 1 h ago mail=3, billing=1 1 of 10 j1 email\.send for 1 min 3\d s$/,
      );
      expect(await html()).to.include('href="/queues/mail/jobs/j1"');
    });

    it('shows a stuck handler before those that run for longer', async () => {
      const stuck = { ...runs('j-stuck', 60_000), stuckSince: Date.now() - 30_500 };
      const running = [...Array.from({ length: 8 }, (_, n) => runs(`j${n}`, 80_000)), stuck];
      await announce(monitor, worker({ runningCount: 9, running }));

      const row = await rowOf('node-a');

      expect(row).to.match(
        /9 of 10 j-stuck email\.send for 1 min( \d s)? stuck ignores its signal for 3\d s j0 /,
      );
      expect(row).to.include('4 more jobs');
      expect(await text()).to.include('Stuck handlers 1');
    });

    it('shows a stuck handler whose slot was taken from it', async () => {
      const stuck = { ...runs('j1', 90_000), stuckSince: Date.now() - 60_500 };
      await announce(monitor, worker({ running: [stuck] }));

      expect(await rowOf('node-a')).to.match(
        /0 of 10 j1 email\.send for .* stuck ignores its signal for 1 min/,
      );
    });

    it('shows it beside the next attempt of its job', async () => {
      const stuck = { ...runs('j1', 90_000), stuckSince: Date.now() - 60_500 };
      await announce(monitor, worker({ runningCount: 1, running: [stuck, runs('j1', 5_000)] }));

      expect(await rowOf('node-a')).to.match(/1 of 10 j1 .* stuck ignores .* j1 email\.send for \d s$/);
      const ids = [...(await html()).matchAll(/ id="(run-[^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).to.equal(2);
    });

    it('says for how long a handler blocks one', async () => {
      await announce(monitor, worker({ blockedSince: Date.now() - 20_500 }));

      expect(await rowOf('node-a')).to.match(/ running blocked by a handler for 2\d s /);
    });

    it('names the job that blocks it, where that is known, and the place in the code', async () => {
      const blockedBy = { queue: QUEUE, id: 'j<7>', type: 'report.build', attempt: 1 };
      const blockedAt = 'hash (file:///app/report.js:12:5)';
      await announce(monitor, worker({ blockedSince: Date.now() - 20_500, blockedBy, blockedAt }));

      expect(await rowOf('node-a')).to.match(
        / running blocked by report\.build j(<|&lt;)7(>|&gt;) for 2\d s, at hash \(file:\/\/\/app\/report\.js:12:5\) /,
      );
      expect(await html()).to.include(`href="/queues/${QUEUE}/jobs/j%3C7%3E"`);
    });

    it('says so when there is none', async () => {
      expect(await text()).to.include('No worker is alive: what waits is not run.');
    });
  });

  describe('of schedules', () => {
    beforeEach(async () => {
      await monitor.producer.schedules.putRaw({
        name: 'nightly',
        type: 'report.build',
        queue: QUEUE,
        cron: '30 3 * * *',
        timeZone: 'Europe/Zurich',
        overlap: 'skip',
        data: {},
      });
    });

    it('tells when each fires, in words and by its zone', async () => {
      expect(await rowOf('nightly')).to.match(
        /^nightly report\.build in mail every day at 03:30 30 3 \* \* \* Europe\/Zurich never yet in .* Pause Fire now$/,
      );
    });

    it('tells what it did last, with the job', async () => {
      const { jobId } = await monitor.inspector.schedules.fireNow(QUEUE, 'nightly');

      expect(await rowOf('nightly')).to.match(new RegExp(`(now|ago) fired job ${jobId} in `));
      expect(await html()).to.include(`href="/queues/mail/jobs/${encodeURIComponent(jobId)}"`);
    });

    it('tells why it left a tick out', async () => {
      const { jobId } = await monitor.inspector.schedules.fireNow(QUEUE, 'nightly');
      await monitor.inspector.schedules.fireNow(QUEUE, 'nightly');

      expect(await rowOf('nightly')).to.include(
        `overlap left out: job ${jobId} of an earlier tick had not ended`,
      );
    });

    it('tells who paused it', async () => {
      await monitor.inspector.schedules.pause(QUEUE, 'nightly', 'ada');

      expect(await rowOf('nightly')).to.match(/paused by ada, .* Resume Fire now$/);
    });
  });

  it('tells of its Redis', async () => {
    expect(await text()).to.match(/Redis Version (Redis|Valkey) \d+\.\S+ Memory [\d.]+ MiB.* Clients \d+ /);
  });

  describe('while there was no job ever', () => {
    it('shows how to hand in one, as the README does', async () => {
      const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
      const [, example = 'none'] = /```sh\n(curl -X POST .*?)\n```/s.exec(readme) ?? [];

      expect((await text()).replaceAll('\\ -d', '-d')).to.include(example.replaceAll(/\\\n\s*/g, ''));
    });

    it('is over with the first', async () => {
      await monitor.jobIn('waiting');

      expect(await text()).not.to.include('No jobs yet');
    });
  });

  it('shows names, errors and hosts as they are written, whatever is in them', async () => {
    const queue = `q${ATTACK}`;
    const keys = queueKeys(monitor.prefix, queue, false);
    const record = {
      data: {},
      options: { timestamp: 1, stacktraces: [ATTACK], type: ATTACK },
      status: 'failed',
    };
    await monitor.client.hset(keys.jobs, `j${ATTACK}`, JSON.stringify(record));
    await monitor.client.sadd(keys.failed, `j${ATTACK}`);
    await monitor.client.zadd(keys.failedOrder, 1, `j${ATTACK}`);
    await monitor.inspector.pause(queue, ATTACK);

    const page = await html();

    expect(page).not.to.match(/<script(?! src="\/assets\/)|<img/);
    expect(pageText(page)).to.include(`Queue Waiting Active`).and.include(queue).and.include(`by ${ATTACK}`);
  });

  it('offers nothing to those who may only look', async () => {
    await monitor.close();
    const users = [
      { name: 'vera', passwordHash: await hashPassword('looking'), role: 'viewer' },
      { name: 'otto', passwordHash: await hashPassword('steering'), role: 'operator' },
    ] as const;
    monitor = await openMonitor({ users });
    await monitor.jobIn('failed');
    const as = async (name: string, password: string): Promise<string> => {
      const credentials = Buffer.from(`${name}:${password}`).toString('base64');
      return (await monitor.fetch('/', { headers: { Authorization: `Basic ${credentials}` } })).text();
    };

    const [looked, steered] = [await as('vera', 'looking'), await as('otto', 'steering')];

    expect(looked).not.to.include('data-action').and.not.to.include('Actions');
    expect(pageText(looked)).to.include('Signed in as vera').and.include('read-only');
    expect(steered).to.include('data-action');
    expect(pageText(steered)).to.include('Signed in as otto').and.not.include('read-only');
  });

  it('costs Redis the same for thirty who look as for one', async () => {
    await monitor.close();
    const redis = await startRedis({ appendOnly: false });
    try {
      // What was read serves for a second, and a busy machine may take longer for thirty: that second does not end.
      const clock = { ...systemClock, elapsed: () => 0 };
      // Nor are looks for runs counted, of which there is one more for each second that it takes.
      monitor = await openMonitor({ redis: redis.url, clock, looksForRuns: false });
      await monitor.jobIn('failed');
      // Idle connections are pinged, whoever looks.
      const calls = async (): Promise<number> => {
        const stats = (await monitor.client.info('commandstats')).matchAll(/cmdstat_([^:]+):calls=(\d+)/g);
        return [...stats].reduce((sum, [, name, count]) => sum + (name === 'ping' ? 0 : Number(count)), 0);
      };

      const before = await calls();
      await html();
      const ofOne = (await calls()) - before;
      // All that was remembered is forgotten with a change.
      await monitor.send('POST', `/actions/queues/${QUEUE}/pause`);
      const between = await calls();
      await Promise.all(Array.from({ length: 30 }, () => html()));

      expect((await calls()) - between).to.be.at.most(ofOne);
    } finally {
      await monitor.close();
      await redis.stop();
      monitor = await openMonitor();
    }
  });

  it('shows a change made on it at once', async () => {
    expect(await rowOf(QUEUE)).to.match(/Pause$/);

    await monitor.send('POST', `/actions/queues/${QUEUE}/pause`);

    expect(await rowOf(QUEUE)).to.match(/Resume$/);
  });

  describe('while Redis is away', () => {
    let redis: SpecRedis;

    beforeEach(async () => {
      await monitor.close();
      redis = await startRedis({ appendOnly: false });
      monitor = await openMonitor({ redis: redis.url });
    });

    afterEach(() => redis.stop());

    it('says so: on a page to a browser, as a problem to a program', async () => {
      await redis.kill();

      const browser = await monitor.fetch('/', { headers: { Accept: 'text/html' } });
      const program = await monitor.fetch('/');

      expect([browser.status, program.status]).to.deep.equal([503, 503]);
      expect(browser.headers.get('content-type')).to.match(/^text\/html/);
      expect(browser.headers.get('retry-after')).to.equal('1');
      const page = await browser.text();
      expect(pageText(page)).to.include('Redis cannot be reached');
      expect(page).not.to.match(/\bat .*\.(ts|js):\d/);
      expect(program.headers.get('content-type')).to.match(/^application\/problem\+json/);
    });

    it('does not wait for one that hangs', async () => {
      const proxy = await startProxy(redis.port);
      await monitor.close();
      const clock = { ...systemClock, sleep: async () => {} };
      monitor = await openMonitor({ redis: `redis://127.0.0.1:${proxy.port}`, clock });
      proxy.hang(true);

      const response = await monitor.fetch('/');
      proxy.hang(false);

      expect(response.status).to.equal(503);
      expect(await response.text()).to.include('the page took longer than 10000 ms');
      await monitor.close();
      await proxy.close();
      monitor = await openMonitor();
    });

    it('is there again with it', async () => {
      await redis.kill();
      await monitor.fetch('/');
      await redis.restart();

      expect((await monitor.fetch('/')).status).to.equal(200);
    });
  });
});
