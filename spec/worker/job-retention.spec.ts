import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { resolveOptions } from '../../lib/jobs/resolve-options.ts';
import { jobAddress } from '../../lib/server/pages/addresses.ts';
import { startApi } from '../support/api.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { openMonitor, QUEUE } from '../support/monitor.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('the option retention', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(async () => {
    await specs.producer.close();
    await specs.close();
  });

  const kept = (): Promise<string[]> => specs.client.hkeys(queueKeys('bq', specs.queue, false).jobs);

  it('is that of the type, unless the job has its own', async () => {
    const Job = defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.any(),
      retries: 0,
      retention: { succeededMs: 0 },
    });
    const gone = await specs.producer.add(Job, 1);
    const stays = await specs.producer.add(Job, 2, { retention: { succeededMs: 3_600_000 } });
    const waiting = Promise.all(
      [gone, stays].map((job) => specs.producer.waitFor(job, { timeoutMs: patiently(30_000) })),
    );
    const { events } = queueKeys('bq', specs.queue, false);
    await until(async () => Number((await specs.client.pubsub('NUMSUB', events))[1]) > 0, 'it is waited for');
    const worker = specs.worker({ handlers: [handle(Job, () => 'result')] });
    await worker.start();

    // Who waits for one that is not kept is told all the same.
    const results = (await waiting).map((end) => (end.outcome === 'succeeded' ? end.result : end.outcome));
    expect(results).to.deep.equal(['result', 'result']);
    await until(async () => (await specs.queries().counts()).active === 0, 'both are settled');
    expect(await kept()).to.deep.equal([stays.id]);
  });

  it('lets a chain go on whose steps are not kept', async () => {
    const seen: unknown[] = [];
    const Job = defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.any(),
      retention: { succeededMs: 0, failedMs: 0 },
    });
    const worker = specs.worker({
      handlers: [
        handle(Job, (data, ctx) => {
          seen.push([data, ctx.previous]);
          return data;
        }),
      ],
    });
    await worker.start();
    await specs.producer.addChain([1, 2].map((data) => jobFor(Job, data)));

    await until(() => seen.length === 2, 'both steps ran');
    expect(seen).to.deep.equal([
      [1, undefined],
      [2, 1],
    ]);
    await until(async () => (await kept()).length === 0, 'none of them is kept');
  });

  it('is shown by the API, the command line and the page of the job', async () => {
    const [api, monitor] = [await startApi(), await openMonitor()];
    try {
      const options = { id: 'a', retention: { succeededMs: 0, failedMs: 86_400_000 } };
      const body = { type: 'job', data: 1, options: { ...options, queue: specs.queue } };
      expect(await api.call('POST', '/v1/jobs', { body })).to.include({ status: 201 });
      const Job = defineJob({ type: 'job', queue: QUEUE, schema: z.any() });
      await monitor.producer.add(Job, 1, options);

      const shown = await api.call('GET', `/v1/queues/${specs.queue}/jobs/a`);
      expect(shown.body).to.have.nested.property('options.retention.succeededMs', 0);
      expect(await apiaryJson(['job', specs.queue, 'a'])).to.have.nested.property(
        'options.retention.failedMs',
        86_400_000,
      );
      const { out } = await apiary(['job', specs.queue, 'a']);
      const page = await (await monitor.fetch(jobAddress(QUEUE, 'a'))).text();
      const words = 'succeeded not at all, failed at most 1 d';
      expect(out).to.include(words);
      expect(page).to.include(words);
    } finally {
      await Promise.all([api.close(), monitor.close()]);
    }
  });

  for (const [given, path] of [
    [{ succeededMs: -1 }, 'options.retention.succeededMs'],
    [{ failedMs: '1h' }, 'options.retention.failedMs'],
    [{ failedMs: Number.POSITIVE_INFINITY }, 'options.retention.failedMs'],
    [{ succeeded: 5 }, 'options.retention.succeeded'],
    ['1h', 'options.retention'],
    [null, 'options.retention'],
  ] as const)
    it(`may not be ${JSON.stringify(given)}`, () => {
      const options = { retention: given } as unknown as JobOptions;

      expect(() => resolveOptions({}, options))
        .to.throw()
        .with.nested.property('problems[0].path', path);
    });

  it('says nothing where it is empty', () => {
    expect(resolveOptions({}, { retention: {} }).retention).to.equal(null);
  });
});
