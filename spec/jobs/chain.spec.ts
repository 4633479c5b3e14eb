import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('Producer#addChain', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client });
  });
  afterEach(() => workers.close());

  const schema = z.object({ n: z.number() });
  const here = () => defineJob({ type: 'here', queue: workers.queue, schema, retries: 0 });
  const steps = (count: number) => Array.from({ length: count }, (_one, at) => jobFor(here(), { n: at + 1 }));

  /** Runs the jobs of the queue of the spec; resolves with a list that grows by the data of each that begins. */
  const serve = async (run: (n: number, ctx: JobContext) => unknown, count = 1_000) => {
    const begun: number[] = [];
    const work = handle(here(), ({ n }, ctx) => {
      begun.push(n);
      return run(n, ctx);
    });
    await workers.worker({ handlers: [work], retention: { succeeded: { count } } }).start();
    return begun;
  };
  const open = async (): Promise<number> => {
    const { waiting, active, delayed } = (await inspector.queue(workers.queue)).counts;
    return waiting + active + delayed;
  };

  it('runs the jobs one after the other, each once', async () => {
    const begun = await serve(() => undefined);

    const chain = await workers.producer.addChain(steps(10));

    await until(() => begun.length === 10, 'all have begun');
    await untilNoneOpen(open);
    expect(begun).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(chain).to.include({ id: chain.jobs[0]?.id, created: true });
    const states = await Promise.all(chain.jobs.map(({ id }) => inspector.job(workers.queue, id)));
    expect(states.map((info) => info?.state)).to.deep.equal(Array(10).fill('succeeded'));
  });

  it('has stored nothing but its first job at the beginning', async () => {
    const { jobs } = await workers.producer.addChain(steps(3));

    const infos = await Promise.all(jobs.map(({ id }) => inspector.job(workers.queue, id)));

    expect(infos.map((info) => info?.state ?? null)).to.deep.equal(['waiting', null, null]);
    expect(infos[0]?.chain).to.deep.equal({ id: jobs[0]?.id, step: 1, steps: 3, nextId: jobs[1]?.id });
  });

  it('hands each job the result of the one before it', async () => {
    const seen: unknown[] = [];
    const begun = await serve((n, ctx) => {
      seen.push(ctx.previous);
      return n === 2 ? undefined : { from: n };
    });

    await workers.producer.addChain(steps(4));

    await until(() => begun.length === 4, 'all have begun');
    expect(seen).to.deep.equal([undefined, { from: 1 }, undefined, { from: 3 }]);
  });

  it('tells of each job which step it is, and what it follows', async () => {
    const begun = await serve(() => undefined);
    const { id, jobs } = await workers.producer.addChain(steps(2));
    await until(() => begun.length === 2, 'both have begun');
    await untilNoneOpen(open);

    const second = await inspector.job(workers.queue, jobs[1]?.id ?? '');

    expect(second?.follows).to.deep.equal({ queue: workers.queue, id });
    expect(second?.chain).to.deep.equal({ id, step: 2, steps: 2, nextId: null });
  });

  it('stops at a job that fails, and goes on when that is retried and succeeds', async () => {
    let works = false;
    const begun = await serve((n) => {
      if (n === 2 && !works) throw new Error('no luck');
    });
    const { jobs } = await workers.producer.addChain(steps(3));
    const second = jobs[1]?.id ?? '';
    await until(async () => (await inspector.job(workers.queue, second))?.state === 'failed', 'it failed');
    expect(begun).to.deep.equal([1, 2]);

    works = true;
    await inspector.retry(workers.queue, second);

    await until(() => begun.length === 4, 'the third has begun');
    expect(begun).to.deep.equal([1, 2, 2, 3]);
  });

  it('goes through several queues, with the options of each job', async () => {
    const there = defineJob({ type: 'there', queue: testQueueName(), schema });
    await serve(() => 'first');

    const { jobs } = await workers.producer.addChain([
      jobFor(here(), { n: 1 }),
      jobFor(there, { n: 2 }, { retries: 9, headers: { tenant: 'ada' } }),
    ]);

    const id = jobs[1]?.id ?? '';
    await until(async () => (await inspector.job(there.queue, id)) !== null, 'it was added');
    const info = await inspector.job(there.queue, id);
    expect(info).to.deep.include({ type: 'there', data: { n: 2 }, headers: { tenant: 'ada' } });
    expect(info?.options.retriesLeft).to.equal(9);
    expect(info?.createdAt).to.be.closeTo(Date.now(), 30_000);
  });

  it('counts a delay from the end of the job before it', async () => {
    await serve(() => undefined);

    const { jobs } = await workers.producer.addChain([
      jobFor(here(), { n: 1 }),
      jobFor(here(), { n: 2 }, { delayMs: 60_000 }),
    ]);

    const id = jobs[1]?.id ?? '';
    await until(async () => (await inspector.job(workers.queue, id))?.state === 'delayed', 'it is delayed');
  });

  it('goes on where succeeded jobs are not kept', async () => {
    const begun = await serve(() => undefined, 0);

    await workers.producer.addChain(steps(3));

    await until(() => begun.length === 3, 'all have begun');
    await untilNoneOpen(open);
    expect(await workers.client.hlen(`bq:${workers.queue}:jobs`)).to.equal(0);
  });

  it('is added once under an id of the first job', async () => {
    const [first, ...others] = steps(3);
    const named = () => [jobFor(here(), first?.data as { n: number }, { id: 'mine' }), ...others];
    await workers.producer.addChain(named());

    const again = await workers.producer.addChain(named());

    expect(again).to.deep.equal({ id: 'mine', created: false, jobs: [] });
    expect(await workers.waiting()).to.deep.equal([{ n: 1 }]);
  });

  for (const [name, jobs, path] of [
    ['no jobs at all', () => [], 'jobs'],
    ['more than 100 jobs', () => steps(101), 'jobs'],
    ['wrong data of a later one', () => [...steps(1), jobFor(here(), { n: 'x' } as never)], 'n'],
    [
      'an id of a later one',
      () => [...steps(1), jobFor(here(), { n: 2 }, { id: 'x' })],
      'jobs[1].options.id',
    ],
    ['a unique key', () => [jobFor(here(), { n: 1 }, { unique: { key: 'k' } })], 'jobs[0].options.unique'],
  ] as const) {
    it(`refuses ${name}, and stores nothing`, async () => {
      const error = await workers.producer.addChain(jobs()).then(
        () => null,
        (refused: { code: string; problems: { path: string }[] }) => refused,
      );

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error?.problems.map((problem) => problem.path)).to.deep.equal([path]);
      expect(await workers.waiting()).to.deep.equal([]);
    });
  }

  it('does not harm a worker when what is left of it was garbled by hand', async () => {
    const { id } = await workers.producer.addChain(steps(2));
    const key = `bq:${workers.queue}:jobs`;
    const record = JSON.parse((await workers.client.hget(key, id)) ?? '') as {
      options: { links: { chain: object } };
    };
    record.options.links.chain = { id: 7, rest: [{ queue: 3 }] };
    await workers.client.hset(key, id, JSON.stringify(record));

    const begun = await serve(() => undefined);
    await workers.add({ n: 9 });

    await until(async () => (await inspector.queue(workers.queue)).counts.succeeded >= 1, 'it succeeded');
    expect(begun).to.deep.equal([1]);
  });
});
