import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import type { NewBatch } from '../../lib/jobs/batch.ts';
import { type BatchSummary, defineJob, handle } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('Producer#addBatch', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client });
  });
  afterEach(() => workers.close());

  const schema = z.object({ n: z.number() });
  const part = () => defineJob({ type: 'part', queue: workers.queue, schema, retries: 0 });
  const report = () => defineJob({ type: 'report', queue: workers.queue, schema: z.object({}) });
  const parts = (count: number) => Array.from({ length: count }, (_one, at) => jobFor(part(), { n: at + 1 }));
  const batchOf = (count: number, more: Partial<NewBatch> = {}): NewBatch => ({
    jobs: parts(count),
    last: jobFor(report(), {}),
    ...more,
  });

  /** Serves both kinds; resolves with what the last jobs are told of their batches. */
  const serve = async (run: (n: number) => unknown = () => undefined) => {
    const told: (BatchSummary | null)[] = [];
    const handlers = [
      handle(part(), ({ n }) => run(n)),
      handle(report(), (_data, ctx) => void told.push(ctx.batch)),
    ];
    await workers.worker({ handlers }).start();
    return told;
  };

  it('adds the last job once, when all have succeeded, with what came of them', async () => {
    const told = await serve();

    const { id, queue, jobs, last, created } = await workers.producer.addBatch(batchOf(20));

    await until(() => told.length > 0, 'the last one has run');
    expect(told).to.deep.equal([{ id, queue: workers.queue, total: 20, succeeded: 20, failed: 0 }]);
    expect({ queue, created, count: jobs.length }).to.deep.equal({
      queue: workers.queue,
      created: true,
      count: 20,
    });
    expect(await inspector.batches.get(queue, id)).to.include({ state: 'done', lastId: last.id });
  });

  it('tells the counts meanwhile', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await serve((n) => {
      if (n === 1) throw new Error('no luck');
      return n === 2 ? undefined : held;
    });

    const { id, queue } = await workers.producer.addBatch(batchOf(4, { when: 'ended' }));

    await until(async () => (await inspector.batches.get(queue, id))?.pending === 2, 'two have ended');
    const batch = await inspector.batches.get(queue, id);
    release();
    expect(batch).to.include({ state: 'running', total: 4, succeeded: 1, failed: 1, retryable: 1 });
  });

  it('tells of each member, and of the last job, which batch it belongs to', async () => {
    const told = await serve();
    const { id, queue, jobs, last } = await workers.producer.addBatch(batchOf(1));
    await until(() => told.length > 0, 'the last one has run');

    const member = await inspector.job(queue, jobs[0]?.id ?? '');
    const conclusion = await inspector.job(queue, last.id);

    expect(member?.batch).to.deep.equal({ id, queue, role: 'member' });
    expect(conclusion?.batch).to.deep.equal({ id, queue, role: 'last' });
  });

  it('says of the last job, while it is not there, what it waits for', async () => {
    const { id, queue, last } = await workers.producer.addBatch(batchOf(3));

    const reasons = await inspector.why(queue, last.id);

    expect(reasons).to.deep.equal([
      {
        reason: 'awaits-batch',
        batch: id,
        pending: 3,
        failed: 0,
        text: `it comes when all of batch ${id} have succeeded: 3 are to come, 0 failed`,
      },
    ]);
    expect(await inspector.why(queue, 'another')).to.deep.include({
      reason: 'not-found',
      text: `queue ${queue} has no such job`,
    });
  });

  it('adds nothing more under an id that is there', async () => {
    const first = await workers.producer.addBatch(batchOf(2, { id: 'night' }));

    const again = await workers.producer.addBatch(batchOf(2, { id: 'night' }));

    expect(again).to.deep.equal({ ...first, created: false, jobs: [] });
    expect((await workers.waiting()).length).to.equal(2);
  });

  it('refuses an id that another batch has', async () => {
    await workers.producer.addBatch(batchOf(2, { id: 'night' }));

    const error = await workers.producer.addBatch(batchOf(3, { id: 'night' })).catch((thrown) => thrown);

    expect(error).to.include({ code: 'JOB_EXISTS' });
  });

  it('tells who listens of each member that was created', async () => {
    const created: string[] = [];
    const producer = new Producer({ client: workers.client, onCreated: ({ id }) => created.push(id) });

    const { jobs } = await producer.addBatch(batchOf(3));

    expect(created).to.deep.equal(jobs.map(({ id }) => id));
  });

  for (const [name, batch, path] of [
    ['no members', () => batchOf(0), 'jobs'],
    ['wrong data of a member', () => batchOf(1, { jobs: [jobFor(part(), { n: 'x' } as never)] }), 'n'],
    ['a rule that is none', () => batchOf(1, { when: 'never' as never }), 'when'],
    ['an id that cannot be', () => batchOf(1, { id: '' }), 'id'],
    [
      'an id of a member',
      () => batchOf(1, { jobs: [jobFor(part(), { n: 1 }, { id: 'x' })] }),
      'jobs[0].options.id',
    ],
    [
      'an id of the last job',
      () => batchOf(1, { last: jobFor(report(), {}, { id: 'x' }) }),
      'last.options.id',
    ],
    [
      'a unique key',
      () => batchOf(1, { jobs: [jobFor(part(), { n: 1 }, { unique: { key: 'k' } })] }),
      'jobs[0].options.unique',
    ],
  ] as const) {
    it(`refuses ${name}, and stores nothing`, async () => {
      const error = await workers.producer.addBatch(batch()).then(
        () => null,
        (refused: { code: string; problems: { path: string }[] }) => refused,
      );

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error?.problems.map((problem) => problem.path)).to.deep.equal([path]);
      expect(await workers.client.keys(`bq:${workers.queue}:*`)).to.deep.equal([]);
    });
  }
});
