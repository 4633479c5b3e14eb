import { expect } from 'chai';
import { z } from 'zod';
import { auditKey, queueKeys } from '../../../../lib/engine/keys.ts';
import { defineJob, jobFor } from '../../../../lib/index.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { readPage } from '../../../support/read-page.ts';

describe('what a job has to do with others', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  /** The section as it was sent; empty where there is none. */
  const related = async (id: string): Promise<string> => {
    const { html } = await readPage(monitor, `/queues/${QUEUE}/jobs/${id}`);
    return /<section id="related".*?<\/section>/s.exec(html)?.[0] ?? '';
  };
  const link = (id: string): string => `href="/queues/${QUEUE}/jobs/${encodeURIComponent(id)}"`;
  const act = (path: string): Promise<Response> =>
    monitor.fetch(`/actions/queues/${QUEUE}/${path}`, {
      method: 'POST',
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    });

  it('is not there where it has nothing to do with any', async () => {
    expect(await related(await monitor.jobIn('waiting'))).to.equal('');
  });

  it('tells by whom it was retried, alone or with its kind, and what was refused', async () => {
    const [id = '', other] = await monitor.jobsIn('failed', 2);
    const { groups } = await monitor.inspector.failures.groups(QUEUE);
    await act(`failures/${groups[0]?.fingerprint}/ignore`);
    await act(`jobs/${id}/retry`);
    await act(`jobs/${id}/retry`);
    await act(`jobs/${other}/rerun`);

    const html = await related(id);

    expect(html).to.include('retry by <strong>monitor</strong>').and.include(`Job ${id} will run again.`);
    expect(html).to.include('>refused</span>');
    expect(html).to.include(
      'mark failures by <strong>monitor</strong>, through monitor, of its kind of failure',
    );
    expect(html).not.to.include('rerun by');
  });

  it('leads to the jobs of the ticks before and after', async () => {
    const name = 'nightly';
    const timing = { name, type: 'report', queue: QUEUE, cron: '0 3 * * *', overlap: 'allow' } as const;
    await monitor.producer.schedules.putRaw({ ...timing, data: {} });
    const ids: string[] = [];
    for (let at = 0; at < 3; at++) {
      const { jobId } = await monitor.inspector.schedules.fireNow(QUEUE, name);
      ids.push(jobId);
    }
    const [first = '', middle = '', last = ''] = ids;

    expect(await related(middle)).to.match(
      new RegExp(`Tick before</dt><dd><a[^>]*${link(first)}.*Tick after</dt><dd><a[^>]*${link(last)}`),
    );
    expect(await related(last))
      .to.include('Tick before')
      .and.not.include('Tick after');
    await monitor.inspector.schedules.remove(QUEUE, name);
    expect(await related(middle))
      .to.include(`>${name}</a>`)
      .and.not.include('Tick before');
  });

  it('leads to the job that holds its unique key, and to the one that runs after it', async () => {
    const unique = { key: 'k', onConflict: 'replace' } as const;
    const add = (data: number) =>
      monitor.producer.addRaw({ type: 'index', queue: QUEUE, data, options: { unique } });
    const holder = (await add(1)).id;
    const keys = `${monitor.prefix}:${QUEUE}`;
    // As a worker has it that runs it.
    await monitor.client.lmove(`${keys}:waiting`, `${keys}:active`, 'RIGHT', 'LEFT');
    const parked = (await add(2)).id;

    expect(await related(parked)).to.match(new RegExp(`Unique key held by</dt><dd><a[^>]*${link(holder)}`));
    expect(await related(holder)).to.match(
      new RegExp(`Runs after, by its key</dt><dd><a[^>]*${link(parked)}`),
    );
  });

  it('is told also where nobody can say what people did', async () => {
    const id = await monitor.jobIn('failed');
    await monitor.client.set(auditKey(monitor.prefix), 'no stream');

    expect((await readPage(monitor, `/queues/${QUEUE}/jobs/${id}`)).status).to.equal(200);
  });

  it('keeps no page back where keys of what the job is tied to hold what they should not', async () => {
    const unique = { key: 'k' };
    const { id } = await monitor.producer.addRaw({
      type: 'index',
      queue: QUEUE,
      data: {},
      options: { unique },
    });
    const name = 'nightly';
    const timing = { name, type: 'report', queue: QUEUE, everyMs: 60_000 } as const;
    await monitor.producer.schedules.putRaw({ ...timing, data: {} });
    const { jobId } = await monitor.inspector.schedules.fireNow(QUEUE, name);
    const Send = defineJob({ type: 'email.send', queue: QUEUE, schema: z.unknown() });
    const batch = await monitor.producer.addBatch({ jobs: [jobFor(Send, 1)], last: jobFor(Send, 2) });
    const { uniques, schedules, batches } = queueKeys(monitor.prefix, QUEUE, false);
    for (const key of [uniques, schedules, batches]) {
      await monitor.client.del(key);
      await monitor.client.set(key, 'no hash');
    }

    for (const one of [id, jobId, batch.jobs[0]?.id ?? ''])
      expect((await readPage(monitor, `/queues/${QUEUE}/jobs/${one}`)).status, one).to.equal(200);
  });
});
