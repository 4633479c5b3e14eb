import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../../lib/jobs/define.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

const PAGE = `/arena/redis/${QUEUE}`;

describe('Arena on bee queues', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  const text = async (path: string): Promise<string> => {
    const response = await monitor.fetch(path);
    expect(response.status, path).to.equal(200);
    return response.text();
  };
  const bodyOf = async (response: Response) => (await response.json()) as Record<string, string>;
  describe('the pages', () => {
    it('lists a queue that is known before it holds a job', async () => {
      expect(await text('/arena/')).to.include(`href="${PAGE}"`);
    });

    it('lists a queue by itself once it holds a job', async () => {
      await text('/arena/');

      await monitor.producer.addRaw({ type: 'x', queue: 'later', data: 1, options: {} });

      await until(async () => (await text('/arena/')).includes('/arena/redis/later'), 'the queue is listed');
    });

    it('shows the five states with their counts, by the words of bee-queue', async () => {
      await monitor.jobIn('succeeded');
      await monitor.jobIn('waiting');

      const page = await text(PAGE);

      const shown = [...page.matchAll(/badge">(\d+)<\/span>\s*<a href="[^"]*\/(\w+)"/g)];
      expect(shown.map(([, count, state]) => `${state} ${count}`)).to.deep.equal([
        'waiting 1',
        'active 0',
        'delayed 0',
        'succeeded 1',
        'failed 0',
      ]);
    });

    it('tells how many jobs wait in groups', async () => {
      const definition = defineJob({
        type: 'digest',
        queue: QUEUE,
        schema: z.any(),
        group: { graceMs: 60_000, maxSize: 10 },
      });
      for (const data of [1, 2]) await monitor.producer.add(definition, data, { group: 'ada' });

      expect(await text(PAGE)).to.match(/waiting in groups<\/th>\s*<th>2</);
    });

    it('offers to limit a queue that has no limits', async () => {
      expect(await text(PAGE)).to.include('js-update-queue-meta');
    });

    for (const state of ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const) {
      it(`shows a ${state} job in its list and on a page of its own`, async () => {
        const id = await monitor.jobIn(state);

        const [list, details] = [await text(`${PAGE}/${state}`), await text(`${PAGE}/${id}`)];

        expect(list).to.include(id).and.include('email.send');
        expect(details).to.include('a@example.com');
        const shownState = /<h3 class="h5">State<\/h3>\s*(\w+)/.exec(details)?.[1];
        expect(shownState?.toLowerCase()).to.equal(state);
      });
    }

    it('offers to run a job again only once it has ended', async () => {
      const offered: string[] = [];
      for (const state of ['active', 'delayed', 'succeeded', 'failed', 'waiting'] as const) {
        const id = await monitor.jobIn(state);
        for (const page of [await text(`${PAGE}/${id}`), await text(`${PAGE}/${state}`)]) {
          if (page.includes('js-retry-job')) offered.push(state);
        }
      }

      expect(offered).to.deep.equal(['succeeded', 'succeeded', 'failed', 'failed']);
    });

    it('shows when a delayed job is due', async () => {
      const id = await monitor.jobIn('delayed');
      const due = (await monitor.inspector.job(QUEUE, id))?.options.runAt ?? 0;

      const details = await text(`${PAGE}/${id}`);

      const [, iso = '', shown = ''] =
        /<h3 class="h5">Executes At<\/h3>\s*<time datetime="([^"]+)">([^<]+)<\/time>/.exec(details) ?? [];
      expect(Date.parse(iso)).to.equal(due);
      expect(shown).to.equal(`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`);
    });

    it('shows no progress of which nobody has told', async () => {
      const id = await monitor.jobIn('failed');
      const untold = await text(`${PAGE}/${id}`);
      const key = `${monitor.prefix}:${QUEUE}:jobs`;
      const record = JSON.parse((await monitor.client.hget(key, id)) ?? '');
      await monitor.client.hset(key, id, JSON.stringify({ ...record, progress: 40 }));

      expect(untold).to.include('none was reported').and.not.include('progress-bar');
      expect(await text(`${PAGE}/${id}`)).to.match(/progress-bar-danger[^>]*aria-valuenow="40"/);
    });

    it('leads to why, to the failure and to the ties of a job on our own pages', async () => {
      const id = await monitor.jobIn('failed');
      const { groups } = await monitor.inspector.failures.groups(QUEUE);
      const waiting = await monitor.jobIn('waiting');
      const schedule = { name: 'nightly', type: 'tidy', queue: QUEUE, cron: '0 3 * * *' };
      await monitor.producer.schedules.putRaw({ ...schedule, data: 1 });
      const { jobId } = await monitor.inspector.schedules.fireNow(QUEUE, 'nightly');
      const fired = await text(`${PAGE}/${encodeURIComponent(jobId)}`);

      for (const page of [await text(`${PAGE}/${id}`), await text(`${PAGE}/failed`)])
        expect(page).to.include(`href="/queues/${QUEUE}/failures/${groups[0]?.fingerprint}"`);
      expect(await text(`${PAGE}/${waiting}`))
        .to.include(`href="/queues/${QUEUE}/jobs/${waiting}#why-title"`)
        .and.not.include('#related');
      expect(fired).to.include('#related"').and.include('href="/#schedule-mail%3Anightly"');
    });

    it('shows why a job failed and its stack', async () => {
      const details = await text(`${PAGE}/${await monitor.jobIn('failed')}`);

      expect(details)
        .to.include('<pre tabindex="0"><code class="nohighlight">mailbox full</code></pre>')
        .and.match(/monitor\.[jt]s:/);
    });

    it('answers the JSON of a job as the inspector tells it', async () => {
      const id = await monitor.jobIn('succeeded');

      const response = await monitor.fetch(`${PAGE}/${id}?json=true`);

      expect(await bodyOf(response)).to.deep.equal(await monitor.inspector.job(QUEUE, id));
    });

    it('pages through a list in the order asked for', async () => {
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) ids.push(await monitor.jobIn('waiting'));

      const second = await text(`${PAGE}/waiting?page=2&pageSize=1&order=asc`);

      expect(ids.filter((id) => second.includes(id))).to.deep.equal([ids[1]]);
      expect(second).to.include('page=3');
    });

    for (const name of ['constructor', '__proto__', 'a&b']) {
      it(`opens a queue named ${name}`, async () => {
        await monitor.producer.addRaw({ type: 'x', queue: name, data: 1, options: {} });

        expect(await text(`/arena/redis/${encodeURIComponent(name)}`)).to.include('Redis Statistics');
      });
    }

    it('answers 404 for a queue, a host and a job that are not there', async () => {
      for (const path of [
        '/arena/redis/nowhere',
        '/arena/redis/nowhere/failed',
        '/arena/redis/nowhere/failed.json',
        `/arena/other/${QUEUE}`,
        `/arena/other/${QUEUE}/failed.json`,
        `/arena/other/${QUEUE}/none?json=true`,
        `${PAGE}/none`,
        `${PAGE}/none?json=true`,
      ]) {
        expect((await monitor.fetch(path)).status, path).to.equal(404);
      }
    });

    for (const path of ['/flows', '/flows/', '/flows/redis/mail', '/api/flow/redis/mail/flow?jobId=1']) {
      it(`has no flows at ${path}`, async () => {
        expect((await monitor.fetch(`/arena${path}`)).status).to.equal(404);
      });
    }

    for (const list of ['prioritized', 'paused', 'waiting-children', 'Failed', 'failed.xml']) {
      it(`has no list ${list}, but the page of a job with that id`, async () => {
        const path = `${PAGE}/${list}`;
        expect((await monitor.fetch(path)).status).to.equal(404);

        await monitor.producer.addRaw({ type: 'x', queue: QUEUE, data: { to: 'me' }, options: { id: list } });

        expect(await text(path)).to.include('&quot;me&quot;');
        expect(await text(`/queues/${QUEUE}/jobs/${list}`)).to.include('&quot;me&quot;');
      });
    }

    it('escapes what producers wrote', async () => {
      const id = await monitor.jobIn('waiting', { '<script>': '</script><script>alert(1)</script>' });

      const details = await text(`${PAGE}/${id}`);

      expect(details).not.to.include('<script>');
      expect(details.match(/<script nonce=/g)).to.have.lengthOf(2);
    });
  });
});
