import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../../lib/engine/keys.ts';
import type { JobDefinition } from '../../../lib/jobs/define.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const API = `/arena/api/queue/redis/${QUEUE}`;

describe('Arena on bee queues', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    const definition = defineJob({ type: 'email.typed', queue: QUEUE, schema: z.object({ to: z.email() }) });
    const definitions = new Map([[definition.type, definition as JobDefinition<unknown, unknown>]]);
    monitor = await openMonitor({ definitions });
  });

  afterEach(() => monitor.close());

  const text = async (path: string): Promise<string> => {
    const response = await monitor.fetch(path);
    expect(response.status, path).to.equal(200);
    return response.text();
  };
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await monitor.inspector.job(QUEUE, id))?.state;
  const bodyOf = async (response: Response) => (await response.json()) as Record<string, string>;
  const counts = async () => (await monitor.inspector.queue(QUEUE)).counts;

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

    it('offers to limit a queue that has no limits', async () => {
      expect(await text(PAGE)).to.include('js-update-queue-meta');
    });

    for (const state of ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const) {
      it(`shows a ${state} job in its list and on a page of its own`, async () => {
        const id = await monitor.jobIn(state);

        const [list, details] = [await text(`${PAGE}/${state}`), await text(`${PAGE}/${id}`)];

        expect(list).to.include(id).and.include('email.send');
        expect(details).to.include('a@example.com');
        const shownState = /<h5>State<\/h5>\s*(\w+)/.exec(details)?.[1];
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

      const shown = /<h5>Executes At<\/h5>\s*([^<]+?)\s*</.exec(details)?.[1] ?? '';
      expect(new Date(shown).getTime()).to.be.closeTo(due, 60_000);
    });

    it('shows why a job failed and its stack', async () => {
      const details = await text(`${PAGE}/${await monitor.jobIn('failed')}`);

      expect(details)
        .to.include('<pre><code class="nohighlight">mailbox full</code></pre>')
        .and.include('monitor.ts:');
    });

    it('answers the JSON of a job as the inspector tells it', async () => {
      const id = await monitor.jobIn('succeeded');

      const response = await monitor.fetch(`${PAGE}/${id}?json=true`);

      expect(await bodyOf(response)).to.deep.equal(await monitor.inspector.job(QUEUE, id));
    });

    it('dumps succeeded jobs under the word of bee-queue', async () => {
      const id = await monitor.jobIn('succeeded');

      const response = await monitor.fetch(`${PAGE}/succeeded.json`);

      expect(await bodyOf(response)).to.have.nested.property('[0].id', id);
    });

    it('pages through a list in the order asked for', async () => {
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) ids.push(await monitor.jobIn('waiting'));

      const second = await text(`${PAGE}/waiting?page=2&pageSize=1&order=asc`);

      expect(ids.filter((id) => second.includes(id))).to.deep.equal([ids[1]]);
      expect(second).to.include('page=3');
    });

    for (const query of [
      'pageSize=-1',
      'page=99999999999999999999',
      'page=-5&pageSize=1e309',
      'page[]=1&pageSize[a]=2',
      'page=1&page=2',
      '__proto__[page]=1&constructor=2',
      'order[]=asc&page=NaN',
    ]) {
      it(`answers a list asked for with ${query}`, async () => {
        const id = await monitor.jobIn('succeeded');

        const page = await text(`${PAGE}/succeeded?${query}`);

        if (!query.includes('999')) expect(page).to.include(id);
      });
    }

    it('shows a job whose record is no JSON', async () => {
      const keys = queueKeys(monitor.prefix, QUEUE, false);
      await monitor.client.hset(keys.jobs, 'broken', '{oops');
      await monitor.client.lpush(keys.waiting, 'broken');

      expect(await text(`${PAGE}/waiting`)).to.include('broken');
      expect(await text(`${PAGE}/broken`)).to.include('{oops');
    });

    for (const name of ['constructor', '__proto__', 'a&b']) {
      it(`opens a queue named ${name}`, async () => {
        await monitor.producer.addRaw({ type: 'x', queue: name, data: 1, options: {} });

        expect(await text(`/arena/redis/${encodeURIComponent(name)}`)).to.include('Redis Statistics');
      });
    }

    it('answers 404 for a queue, a host and a job that are not there', async () => {
      for (const path of ['/arena/redis/nowhere', `/arena/other/${QUEUE}`, `${PAGE}/none`]) {
        expect((await monitor.fetch(path)).status, path).to.equal(404);
      }
    });

    it('escapes what producers wrote', async () => {
      const id = await monitor.jobIn('waiting', { '<script>': '</script><script>alert(1)</script>' });

      const details = await text(`${PAGE}/${id}`);

      expect(details).not.to.include('<script>');
      expect(details.match(/<script nonce=/g)).to.have.lengthOf(2);
    });
  });

  describe('the buttons', () => {
    it('retries a failed job', async () => {
      const id = await monitor.jobIn('failed');

      const response = await monitor.send('PATCH', `${API}/job/${id}`);

      expect(response.status).to.equal(200);
      expect(await stateOf(id)).to.equal('waiting');
    });

    it('adds a copy of a succeeded job', async () => {
      const id = await monitor.jobIn('succeeded');

      const response = await monitor.send('PATCH', `${API}/job/${id}`);

      expect(response.status).to.equal(200);
      expect(await counts()).to.include({ succeeded: 1, waiting: 1 });
    });

    for (const state of ['waiting', 'active', 'delayed'] as const) {
      it(`refuses to run a job again that is ${state}`, async () => {
        const id = await monitor.jobIn(state);
        const before = await counts();

        const response = await monitor.send('PATCH', `${API}/job/${id}`);

        expect(response.status).to.equal(409);
        expect((await bodyOf(response)).detail).to.equal(`job ${id} is ${state}, so it was not retried`);
        expect(await counts()).to.deep.equal(before);
      });
    }

    it('retries in bulk by the true state, and names what was not retried', async () => {
      const [failed, active] = [await monitor.jobIn('failed'), await monitor.jobIn('active')];
      const body = { jobs: [active, 'gone', failed], queueState: 'failed' };

      const response = await monitor.send('PATCH', `${API}/job/bulk`, body);

      expect(response.status).to.equal(409);
      const { detail } = await bodyOf(response);
      expect(detail).to.equal(`1 of 3 jobs were retried, but not ${active} (active), gone (no such job)`);
      expect(await counts()).to.include({ waiting: 1, active: 1, failed: 0 });
    });

    it('promotes a delayed job and refuses another', async () => {
      const [delayed, failed] = [await monitor.jobIn('delayed'), await monitor.jobIn('failed')];

      const answers = [
        await monitor.send('PATCH', `${API}/delayed/job/${delayed}`),
        await monitor.send('PATCH', `${API}/delayed/job/${failed}`),
      ];

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 409]);
      expect(await counts()).to.include({ waiting: 1, delayed: 0, failed: 1 });
    });

    it('removes jobs in bulk', async () => {
      const ids = [await monitor.jobIn('failed'), await monitor.jobIn('succeeded')];

      const response = await monitor.send('POST', `${API}/job/bulk`, { jobs: ids });

      expect(response.status).to.equal(200);
      expect(await counts()).to.include({ failed: 0, succeeded: 0 });
    });

    it('removes a job once', async () => {
      const id = await monitor.jobIn('waiting');

      const first = await monitor.send('DELETE', `${API}/job/${id}`);
      const second = await monitor.send('DELETE', `${API}/job/${id}`);

      expect([first.status, second.status]).to.deep.equal([200, 404]);
    });

    it('cleans the succeeded jobs and nothing else', async () => {
      await monitor.jobIn('succeeded');
      await monitor.jobIn('failed');

      const response = await monitor.send('DELETE', `${API}/jobs/bulk`, {
        jobs: [],
        queueState: 'succeeded',
      });

      expect(await bodyOf(response)).to.deep.equal({ message: '1 succeeded removed' });
      expect(await counts()).to.include({ succeeded: 0, failed: 1 });
    });

    it('does not clean running jobs away', async () => {
      await monitor.jobIn('active');

      const response = await monitor.send('DELETE', `${API}/jobs/bulk`, { queueState: 'active' });

      expect(response.status).to.equal(409);
      expect(await counts()).to.include({ active: 1 });
    });

    it('pauses and resumes a queue', async () => {
      await monitor.send('PUT', `${API}/pause`);
      expect(await text(PAGE)).to.include('js-resume-queue');

      await monitor.send('PUT', `${API}/resume`);
      expect(await text(PAGE)).to.include('js-pause-queue');
    });

    it('replaces the data of a waiting job', async () => {
      const id = await monitor.jobIn('waiting');

      await monitor.send('PUT', `${API}/job/${id}/data`, { to: 'b@example.com' });

      expect((await monitor.inspector.job(QUEUE, id))?.data).to.deep.equal({ to: 'b@example.com' });
    });

    it('refuses to replace the data of a running job', async () => {
      const id = await monitor.jobIn('active');

      expect((await monitor.send('PUT', `${API}/job/${id}/data`, {})).status).to.equal(409);
    });

    it('sets the limits of a queue, and shows them', async () => {
      await monitor.send('PUT', `${API}/update-meta`, { concurrency: 3, max: 50, duration: 1_000 });

      const { limits, by } = (await monitor.inspector.limits.get(QUEUE)) ?? {};
      expect(limits).to.deep.equal({ concurrency: 3, rate: { count: 50, perMs: 1_000 } });
      expect(by).to.equal('monitor');
      for (const value of ['concurrency', 'max', 'duration', '50', '1000'])
        expect(await text(PAGE)).to.include(value);
    });

    it('leaves limits alone that it has no field for, and lifts them all when none is left', async () => {
      await monitor.inspector.limits.set(QUEUE, { concurrency: 3, fair: true }, 'spec');

      await monitor.send('PUT', `${API}/update-meta`, { concurrency: null, max: null, duration: null });
      const left = await monitor.inspector.limits.get(QUEUE);
      await monitor.inspector.limits.set(QUEUE, { concurrency: 3 }, 'spec');
      await monitor.send('PUT', `${API}/update-meta`, { concurrency: null, max: null, duration: null });

      expect(left?.limits).to.deep.equal({ fair: true });
      expect(await monitor.inspector.limits.get(QUEUE)).to.equal(null);
    });

    it('refuses limits that cannot be', async () => {
      expect((await monitor.send('PUT', `${API}/update-meta`, { concurrency: -1 })).status).to.equal(422);
      expect((await monitor.send('PUT', `${API}/update-meta`, { max: 5 })).status).to.equal(422);

      expect(await monitor.inspector.limits.get(QUEUE)).to.equal(null);
    });

    it('fills the buckets of a rate', async () => {
      expect((await monitor.send('DELETE', `${API}/rate-limit-key`)).status).to.equal(200);
    });
  });

  describe('adding a job', () => {
    it('takes the name as the type and the words of BullMQ as options', async () => {
      const opts = { delay: 60_000, attempts: 3, jobId: 'own' };

      const response = await monitor.send('POST', `${API}/job`, { name: 'sms.send', data: { a: 1 }, opts });

      expect(response.status).to.equal(200);
      const job = await monitor.inspector.job(QUEUE, 'own');
      expect(job).to.deep.include({ type: 'sms.send', state: 'delayed', data: { a: 1 } });
      expect(job?.options.retriesLeft).to.equal(2);
    });

    it('takes the name of the queue as the type when none is given', async () => {
      const response = await monitor.send('POST', `${API}/job`, { name: null, data: {}, opts: {} });

      expect(response.status).to.equal(200);
      const { jobs } = await monitor.inspector.jobs(QUEUE, { state: 'waiting' });
      expect(jobs.map(({ type }) => type)).to.deep.equal([QUEUE]);
    });

    it('checks the data of a known type', async () => {
      const response = await monitor.send('POST', `${API}/job`, {
        name: 'email.typed',
        data: { to: 'nobody' },
      });

      expect(response.status).to.equal(422);
      expect((await bodyOf(response)).errors).to.have.nested.property('[0].path', 'to');
      expect(await counts()).to.include({ waiting: 0 });
    });

    it('refuses an unknown option by its name', async () => {
      const response = await monitor.send('POST', `${API}/job`, { data: {}, opts: { removeOnFail: true } });

      expect(response.status).to.equal(422);
      expect((await bodyOf(response)).detail).to.include('removeOnFail');
    });

    it('says when a job with that id is there already', async () => {
      await monitor.send('POST', `${API}/job`, { data: {}, opts: { id: 'twice' } });

      const response = await monitor.send('POST', `${API}/job`, { data: {}, opts: { id: 'twice' } });

      expect(response.status).to.equal(409);
    });

    it('refuses a queue that is not listed', async () => {
      const response = await monitor.send('POST', '/arena/api/queue/redis/nowhere/job', { data: {} });

      expect(response.status).to.equal(404);
    });
  });

  describe('what may change anything', () => {
    const post = (headers: Record<string, string>, body = '{"data":{}}') =>
      monitor.fetch(`${API}/job`, { method: 'POST', body, headers });
    const json = { 'Content-Type': 'application/json' };

    it('refuses what another site makes a browser send', async () => {
      const ajax = { ...json, 'X-Requested-With': 'XMLHttpRequest' };
      const foreign = [
        json,
        { ...json, 'Sec-Fetch-Site': 'cross-site' },
        { ...ajax, 'Sec-Fetch-Site': 'same-site' },
        { ...ajax, Origin: 'http://evil.example' },
        { ...ajax, Origin: 'null' },
      ];

      for (const headers of foreign) {
        expect((await post(headers)).status, JSON.stringify(headers)).to.equal(403);
      }
      expect(await counts()).to.include({ waiting: 0 });
    });

    it('accepts what our own pages send', async () => {
      const own = [
        { ...json, 'Sec-Fetch-Site': 'same-origin' },
        { ...json, 'X-Requested-With': 'XMLHttpRequest', Origin: monitor.url },
      ];

      for (const headers of own) expect((await post(headers)).status).to.equal(200);
    });

    it('refuses a body that is no JSON', async () => {
      const ajax = { 'X-Requested-With': 'XMLHttpRequest' };
      const form = await post({ ...ajax, 'Content-Type': 'application/x-www-form-urlencoded' }, 'data=1');
      const broken = await post({ ...ajax, ...json }, '{oops');

      expect([form.status, broken.status]).to.deep.equal([415, 400]);
    });

    for (const body of ['null', '[]', '"text"', '{"jobs":"w1"}', '{"jobs":[{}]}', '{"jobs":["%"]}', '{}']) {
      it(`answers 422 to a bulk action with ${body}`, async () => {
        const init = { method: 'POST', body, headers: { ...json, 'X-Requested-With': 'XMLHttpRequest' } };

        expect((await monitor.fetch(`${API}/job/bulk`, init)).status).to.equal(422);
      });
    }
  });

  it('answers 503 without a stack while Redis is away, and recovers', async function () {
    this.timeout(60_000);
    const redis = await startRedis();
    const lone = await openMonitor({ redis: redis.url });
    try {
      expect((await lone.fetch(PAGE)).status).to.equal(200);
      await redis.kill();

      const answers = [
        await lone.fetch(PAGE),
        await lone.fetch(`${PAGE}/failed`),
        await lone.fetch(`${PAGE}/some-id`),
        await lone.send('PUT', `${API}/pause`),
      ];

      expect(answers.map(({ status }) => status)).to.deep.equal([503, 503, 503, 503]);
      for (const answer of answers) expect(await answer.text()).not.to.match(/\bat .*:\d+:\d+/);
      await redis.restart();
      await until(async () => (await lone.fetch(PAGE)).status === 200, 'the page is back', 20_000);
    } finally {
      await lone.close();
      await redis.stop();
    }
  });
});
