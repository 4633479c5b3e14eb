import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { type SpecApi, startApi } from '../support/api.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** What no job has that others wait for, with what is said instead. */
const BARRED = {
  unique: [
    { unique: { key: 'k' } },
    /options\.unique cannot be had by a job of .*: where another.* give it a key/,
  ],
  group: [
    { group: 'g' },
    /options\.group cannot be had by a job of .*: a group ends under another id.* leave it out/,
  ],
} as const;

describe('a job that others wait for', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  const plain = () => defineJob({ type: 'plain', queue: workers.queue, schema: z.any(), retries: 0 });
  const gathering = () =>
    defineJob({ type: 'gathering', queue: workers.queue, schema: z.any(), group: { maxSize: 2 } });

  for (const [name, [options, text]] of Object.entries(BARRED)) {
    // The compiler refuses most of these.
    const given = options as never;
    const kind = () => (name === 'group' ? gathering() : plain());

    it(`is refused with ${name} where a producer adds it, by its place and with what to do`, async () => {
      const { producer } = workers;
      const job = () => jobFor(kind(), 1, given);

      const refused = [
        await rejection(producer.addChain([jobFor(plain(), 1), job()])),
        await rejection(producer.addBatch({ jobs: [job()], last: jobFor(plain(), 1) })),
        await rejection(
          producer.addWorkflow(({ workflow }) => {
            workflow('part', (inner) => void inner.job('a', kind(), 1, given));
          }),
        ),
      ];

      for (const error of refused) expect(error).to.include({ code: 'JOB_INVALID' });
      for (const error of refused) expect(String(error)).to.match(text);
      expect(String(refused[2])).to.include(`steps.part/a.options.${name}`);
      expect(await workers.client.keys(`bq:${workers.queue}:*`)).to.deep.equal([]);
    });

    it(`is refused with ${name} where a step adds it`, async () => {
      const refused: unknown[] = [];
      const run = async (_data: unknown, ctx: JobContext) => {
        const keep = (error: unknown): number => refused.push(error);
        await ctx.spawn('a', kind(), 1, given).catch(keep);
        await ctx.spawnWorkflow('b', ({ job }) => void job('c', kind(), 1, given)).catch(keep);
        if (name === 'group') await ctx.follow(kind(), 1, given).catch(keep);
      };
      await workers.worker({ handlers: [handle(plain(), run)] }).start();
      await workers.producer.addWorkflow(({ job }) => void job('first', plain(), 1));

      const count = name === 'group' ? 3 : 2;
      await until(() => refused.length === count, 'all were refused');

      for (const error of refused) expect(String(error)).to.match(text);
    });
  }

  it('is refused with a unique key that its type gives to all', async () => {
    const Unique = defineJob({ type: 'once', queue: workers.queue, schema: z.any(), unique: { key: 'k' } });

    const error = await rejection(workers.producer.addWorkflow(({ job }) => void job('a', Unique, 1)));

    expect(String(error)).to.match(BARRED.unique[1]);
  });

  it('is refused over HTTP likewise', async () => {
    const api: SpecApi = await startApi();
    const options = { queue: workers.queue, unique: { key: 'k' } };
    const steps = [{ name: 'part', steps: [{ name: 'a', type: 'raw', data: 1, options }] }];

    const { status, body } = await api.call('POST', '/v1/workflows', { body: { steps } });
    await api.close();

    expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([
      422,
      'steps.part/a.options.unique',
    ]);
    expect(body['detail']).to.match(BARRED.unique[1]);
  });
});
