import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../../lib/jobs/define.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const API = `/arena/api/queue/redis/${QUEUE}`;

describe("what Arena's buttons do", () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    const definition = defineJob({ type: 'email.typed', queue: QUEUE, schema: z.object({ to: z.email() }) });
    const definitions = new Map([[definition.type, definition as JobDefinition<unknown, unknown>]]);
    monitor = await openMonitor({ definitions });
  });

  afterEach(() => monitor.close());

  const text = async (path: string): Promise<string> => (await monitor.fetch(path)).text();
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await monitor.inspector.job(QUEUE, id))?.state;
  const bodyOf = async (response: Response) => (await response.json()) as Record<string, string>;
  const counts = async () => (await monitor.inspector.queue(QUEUE)).counts;

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
        expect((await bodyOf(response)).detail).to.equal(
          `job ${id} is ${state}, so it was not retried; only a failed job can be`,
        );
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

    it('leaves running jobs where they are, and says where they are cancelled', async () => {
      const [active = '', other] = await monitor.jobsIn('active', 2);
      const waiting = await monitor.jobIn('waiting');

      const one = await monitor.send('DELETE', `${API}/job/${active}`);
      const many = await monitor.send('POST', `${API}/job/bulk`, { jobs: [waiting, other] });

      expect([one.status, many.status]).to.deep.equal([409, 409]);
      expect((await bodyOf(one)).detail).to.equal(
        `job ${active} is active, so it was not removed; cancel it on its page, /queues/${QUEUE}/jobs/${active}`,
      );
      expect((await bodyOf(many)).detail).to.equal(`1 of 2 jobs were removed, but not ${other} (active)`);
      expect(await counts()).to.include({ active: 2, waiting: 0 });
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

    it('removes the schedule that fired a job, once, and none for a job that no schedule fired', async () => {
      const { schedules } = monitor.inspector;
      const daily = { name: 'daily', queue: QUEUE, type: 'tidy', cron: '0 3 * * *', data: 1 };
      await monitor.producer.schedules.putRaw(daily);
      const plain = await monitor.jobIn('failed');
      const { jobId } = await schedules.fireNow(QUEUE, 'daily');
      const statuses: number[] = [];

      for (const id of [plain, jobId, jobId, 'none']) {
        statuses.push((await monitor.send('DELETE', `${API}/repeatable/job/${id}`)).status);
      }

      expect(statuses).to.deep.equal([409, 200, 404, 404]);
      expect(await schedules.list(QUEUE)).to.deep.equal([]);
      expect(await stateOf(jobId)).to.equal('waiting');
    });

    it('notes what was done, what was refused and why, and by whom', async () => {
      const [failed, active] = [await monitor.jobIn('failed'), await monitor.jobIn('active')];
      await monitor.send('PATCH', `${API}/job/${failed}`);
      await monitor.send('DELETE', `${API}/job/${active}`);
      await monitor.send('DELETE', `${API}/jobs/bulk`, { queueState: 'failed' });
      await monitor.send('PUT', `${API}/pause`);

      const { entries } = await monitor.inspector.audit.list();

      const by = { by: 'monitor', through: 'monitor', queue: QUEUE };
      const told = entries.map(({ at: _at, entryId: _id, ...entry }) => entry).reverse();
      expect(told).to.deep.equal([
        { ...by, action: 'retry', id: failed, outcome: 'done', detail: `Job ${failed} will run again.` },
        {
          ...by,
          action: 'remove',
          id: active,
          outcome: 'refused',
          detail: `job ${active} is active, so it was not removed; cancel it on its page, /queues/${QUEUE}/jobs/${active}`,
        },
        { ...by, action: 'clean', id: null, outcome: 'done', detail: '0 failed removed' },
        { ...by, action: 'pause', id: null, outcome: 'done', detail: `Queue ${QUEUE} is paused.` },
      ]);
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

    it('refuses data that nests deeper than can be stored', async () => {
      const data = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

      const response = await monitor.fetch(`${API}/job`, {
        method: 'POST',
        body: `{"data":${data}}`,
        headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
      });

      expect(response.status).to.equal(422);
      expect(await counts()).to.include({ waiting: 0 });
    });

    it('refuses a queue that is not listed', async () => {
      const response = await monitor.send('POST', '/arena/api/queue/redis/nowhere/job', { data: {} });

      expect(response.status).to.equal(404);
    });
  });
});
