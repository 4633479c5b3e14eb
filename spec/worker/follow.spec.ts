import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob, RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobContext } from '../../lib/jobs/define.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('ctx.follow', () => {
  let workers: SpecWorkers;
  const elsewhere = defineJob({
    type: 'next',
    queue: testQueueName(),
    schema: z.object({ n: z.number() }),
  });
  let next: typeof elsewhere;

  beforeEach(() => {
    workers = openWorkers();
    next = defineJob({ type: 'next', queue: testQueueName(), schema: elsewhere.schema });
  });
  afterEach(() => workers.close());

  const inspector = () => new Inspector({ client: workers.client });
  const inNext = async () => {
    const { jobs } = await inspector().jobs(next.queue, { state: 'waiting', newestFirst: false });
    return jobs;
  };

  /** Starts a worker with this handler, adds a job, and resolves with its id. */
  const begin = async (handler: (ctx: JobContext) => unknown, options: { keepSucceeded?: number } = {}) => {
    const retention = options.keepSucceeded === 0 ? { succeeded: { count: 0 } } : {};
    const worker = workers.worker({ retention, handlers: [workers.handler((_data, ctx) => handler(ctx))] });
    await worker.start();
    const [id = ''] = await workers.add({});
    return id;
  };
  const stateOf = async (id: string) => (await inspector().job(workers.queue, id))?.state;
  const ended = (id: string, state: string) =>
    until(async () => (await stateOf(id)) === state, `it is ${state}`);

  it('adds jobs with the success of the attempt, in order, to another queue too', async () => {
    const told: unknown[] = [];

    const id = await begin(async (ctx) => {
      told.push(await ctx.follow(next, { n: 1 }), await ctx.follow(next, { n: 2 }, { retries: 7 }));
    });
    await ended(id, 'succeeded');

    const jobs = await inNext();
    expect(jobs.map(({ data }) => data)).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(jobs.map(({ id: nextId, queue, type }) => ({ id: nextId, queue, type }))).to.deep.equal(told);
    expect(jobs[1]?.options.retriesLeft).to.equal(7);
  });

  it('tells of a job what it follows', async () => {
    const id = await begin((ctx) => ctx.follow(next, { n: 1 }));
    await ended(id, 'succeeded');

    const [job] = await inNext();
    expect(job?.follows).to.deep.equal({ queue: workers.queue, id });
  });

  it('has stored nothing while the attempt goes on', async () => {
    let goOn = (): void => undefined;
    const going = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isRegistered = false;
    const id = await begin(async (ctx) => {
      await ctx.follow(next, { n: 1 });
      isRegistered = true;
      await going;
    });
    await until(() => isRegistered, 'it is registered');

    expect(await inNext()).to.deep.equal([]);

    goOn();
    await ended(id, 'succeeded');
    expect((await inNext()).length).to.equal(1);
  });

  for (const [name, thrown] of [
    ['fails', () => new Error('no luck')],
    ['is discarded', () => new DiscardJob('never')],
  ] as const) {
    it(`adds nothing when the attempt ${name}`, async () => {
      const id = await begin(async (ctx) => {
        await ctx.follow(next, { n: 1 });
        throw thrown();
      });
      await ended(id, 'failed');

      expect(await inNext()).to.deep.equal([]);
    });
  }

  it('adds only what the attempt registered that succeeds', async () => {
    let attempts = 0;

    const id = await begin(async (ctx) => {
      await ctx.follow(next, { n: ++attempts });
      if (attempts === 1) throw new RetryLater(0);
    });
    await ended(id, 'succeeded');

    expect((await inNext()).map(({ data }) => data)).to.deep.equal([{ n: 2 }]);
  });

  it('adds nothing when the claim is gone', async () => {
    let isOver = false;
    const worker = workers.worker({
      handlers: [
        workers.handler(async (_data, ctx) => {
          await ctx.follow(next, { n: 1 });
          await workers.store().remove(ctx.id);
        }),
      ],
    });
    worker.events.on('job:fenced', () => {
      isOver = true;
    });
    await worker.start();

    await workers.add({});

    await until(() => isOver, 'it was fenced');
    expect(await inNext()).to.deep.equal([]);
  });

  it('works where succeeded jobs are not kept', async () => {
    await begin((ctx) => ctx.follow(next, { n: 1 }), { keepSucceeded: 0 });

    await until(async () => (await inNext()).length === 1, 'it was added');
  });

  it('delays what is to start later, from the end of the attempt on', async () => {
    const id = await begin((ctx) => ctx.follow(next, { n: 1 }, { delayMs: 60_000 }));
    await ended(id, 'succeeded');

    const { jobs } = await inspector().jobs(next.queue, { state: 'delayed' });
    expect(jobs.length).to.equal(1);
    expect(jobs[0]?.options.runAt).to.be.closeTo(Date.now() + 60_000, 30_000);
  });

  it('refuses wrong data at once, and the handler may go on', async () => {
    let code: unknown;

    const id = await begin(async (ctx) => {
      await ctx.follow(next, { n: 'one' } as never).catch((error: { code?: string }) => {
        code = error.code;
      });
    });
    await ended(id, 'succeeded');

    expect(code).to.equal('JOB_INVALID');
    expect(await inNext()).to.deep.equal([]);
  });

  describe('under a unique key', () => {
    const own = () => defineJob({ type: 'next', queue: workers.queue, schema: elsewhere.schema });
    const later = (unique: object) => ({ delayMs: 3_600_000, unique: { key: 'k', ...unique } });
    const inOwn = async () => {
      const { jobs } = await inspector().jobs(workers.queue, { state: 'delayed' });
      return jobs.map(({ data }) => data);
    };

    /** Runs jobs one after the other, each of which adds one that says its number. */
    const runAll = async (count: number, unique: object): Promise<void> => {
      let n = 0;
      const id = await begin((ctx) => ctx.follow(own(), { n: ++n }, later(unique)));
      await ended(id, 'succeeded');
      for (let at = 1; at < count; at++) {
        const [next = ''] = await workers.add({});
        await ended(next, 'succeeded');
      }
    };

    it('are added once, whoever adds them', async () => {
      await runAll(3, {});

      expect(await inOwn()).to.deep.equal([{ n: 1 }]);
    });

    it('give their data to the one that is there, where that is asked for', async () => {
      await runAll(3, { onConflict: 'replace' });

      expect(await inOwn()).to.deep.equal([{ n: 3 }]);
    });

    it('are added by the end of the job that held the key', async () => {
      const id = await begin((ctx) => ctx.follow(own(), { n: 1 }, later({})));
      await ended(id, 'succeeded');
      const holder = await inspector().uniqueKeys.holder(workers.queue, 'k');
      await inspector().remove(workers.queue, holder?.holderId ?? '');

      const again = await workers.producer.addRaw({
        ...{ type: 'job', queue: workers.queue, data: {}, options: { unique: { key: 'k' } } },
      });
      await ended(again.id, 'succeeded');

      expect(await inOwn()).to.deep.equal([{ n: 1 }]);
      expect((await inspector().uniqueKeys.holder(workers.queue, 'k'))?.holderId).not.to.equal(again.id);
    });
  });

  for (const [name, options, queue] of [
    ['options.id', { id: 'mine' }],
    ['options.unique', { unique: { key: 'k' } }],
    ['options.unique.onConflict', { unique: { key: 'k', onConflict: 'reject' } }, 'own'],
  ] as const) {
    it(`refuses ${name} by its name`, async () => {
      const to = queue === 'own' ? { ...next, queue: workers.queue } : next;
      const id = await begin((ctx) => ctx.follow(to, { n: 1 }, options as object));
      await ended(id, 'failed');

      const [error] = (await inspector().job(workers.queue, id))?.errors ?? [];
      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error?.message).to.include(`follow.${name}`);
    });
  }

  it('refuses the 1,001st job of an attempt', async () => {
    const id = await begin(async (ctx) => {
      for (let n = 1; n <= 1_001; n++) await ctx.follow(next, { n });
    });
    await ended(id, 'failed');

    const [error] = (await inspector().job(workers.queue, id))?.errors ?? [];
    expect(error?.message).to.include('at most 1000 jobs');
  });

  it('refuses a handler that goes on after its attempt has ended', async () => {
    let late: Promise<unknown> | null = null;
    const id = await begin((ctx) => {
      setImmediate(() => {
        late = ctx.follow(next, { n: 1 }).catch((error: unknown) => error);
      });
    });
    await ended(id, 'succeeded');

    await until(() => late !== null, 'it asked');
    expect(await late).to.include({ code: 'JOB_LOST' });
  });
});
