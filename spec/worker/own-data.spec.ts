import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, type HandlerOptions, handle, type JobContext } from '../../lib/jobs/define.ts';
import { type GroupedJob, handleGroup } from '../../lib/jobs/handle-group.ts';
import { memberOf } from '../../lib/json-text.ts';
import type { WorkerOptions } from '../../lib/worker/worker-options.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

interface Given {
  items: string[];
  deep: { n: number; more?: unknown };
}
/** As somebody might write it whose language has larger numbers than ours. */
const TEXT = '{"items":["a","b"],"deep":{"n":12345678901234567890}}';

function spoil(data: Given): void {
  data.items.pop();
  data.items.push('secret');
  data.deep.more = 5n;
  Object.assign(data, { self: data });
}

describe('what a handler does with its data', () => {
  let specs: SpecWorkers;
  let seen: string[];

  beforeEach(() => {
    specs = openWorkers();
    seen = [];
  });
  afterEach(() => specs.close());

  const schemas = {
    'z.any': z.any(),
    'z.looseObject': z.looseObject({}),
    'z.record': z.record(z.string(), z.any()),
    'a pass-through': z.object({}).catchall(z.unknown()),
    'z.custom': z.custom<Given>(),
  } as const;
  const readsAs = JSON.stringify(JSON.parse(TEXT));
  const storedData = async (id: string): Promise<string | null> => {
    const text = await specs.client.hget(`bq:${specs.queue}:jobs`, id);
    return text && memberOf(text, 'data');
  };
  /** Stores a job as another program might, with these options. */
  const store = async (id: string, options: object = {}): Promise<void> => {
    const record = `{"data":${TEXT},"options":${JSON.stringify({ timestamp: 1, retries: 1, type: 'job', ...options })},"status":"created","progress":0}`;
    await specs.client.hset(`bq:${specs.queue}:jobs`, id, record);
    await specs.client.lpush(`bq:${specs.queue}:waiting`, id);
  };
  const inState = (id: string, state: string): Promise<void> =>
    until(async () => (await specs.queries().job(id))?.state === state, `the job is ${state}`);

  type Run = (data: Given, ctx: JobContext) => unknown;
  const start = async (
    run: Run,
    {
      schema = z.any(),
      options = {},
      handlerOptions = {},
    }: { schema?: z.ZodType; options?: Partial<WorkerOptions>; handlerOptions?: HandlerOptions } = {},
  ): Promise<void> => {
    const definition = defineJob({ type: 'job', queue: specs.queue, schema });
    const look: Run = (data, ctx) => {
      seen.push(JSON.stringify(data));
      return run(data, ctx);
    };
    await specs.worker({ handlers: [handle(definition, look as never, handlerOptions)], ...options }).start();
  };
  const fixed = { backoff: { strategy: 'immediate', delay: 0 } };

  for (const [name, schema] of Object.entries(schemas)) {
    it(`changes neither what is stored nor the next attempt under ${name}`, async () => {
      await store('a', fixed);
      await start(
        (data) => {
          spoil(data);
          throw new Error('no luck');
        },
        { schema },
      );

      await inState('a', 'failed');

      expect(seen).to.deep.equal([readsAs, readsAs]);
      expect(await storedData('a')).to.equal(TEXT);
    });
  }

  for (const [name, say] of Object.entries<Run>({
    'progress is told': (_, ctx) => ctx.progress(5),
    'something is logged': (_, ctx) => ctx.log.info('hello'),
    'an effect is noted': (_, ctx) => ctx.once('key', () => 1),
    'nothing is said': () => undefined,
  })) {
    it(`is not stored when ${name} and the job succeeds at a later attempt`, async () => {
      await store('a', fixed);
      await start(async (data, ctx) => {
        spoil(data);
        await say(data, ctx);
        if (ctx.attempt === 1) throw new Error('no luck');
        return 'done';
      });

      await inState('a', 'succeeded');

      expect(seen).to.deep.equal([readsAs, readsAs]);
      expect(await storedData('a')).to.equal(TEXT);
      expect((await specs.queries().job('a'))?.record.options.result).to.equal('done');
    });
  }

  it('is not stored when middleware or the schema itself does it', async () => {
    await store('a', fixed);
    const schema = z.any().transform((data: Given) => {
      seen.push(JSON.stringify(data));
      spoil(data);
      return data;
    });
    const definition = defineJob({ type: 'job', queue: specs.queue, schema });
    const handler = handle(definition, () => Promise.reject(new Error('no luck')));
    await specs
      .worker({
        handlers: [handler],
        middleware: [
          (next) => (data, ctx) => {
            (data as Given).items.length = 0;
            return next(data, ctx);
          },
        ],
      })
      .start();

    await inState('a', 'failed');

    expect(seen).to.deep.equal([readsAs, readsAs]);
    expect(await storedData('a')).to.equal(TEXT);
  });

  it('is not seen by who judges its failure, nor is what these do', async () => {
    await store('a', { backoff: { strategy: 'own', delay: 0 } });
    const judged: string[] = [];
    const judge = (job: { data: unknown; headers: object }): void => {
      judged.push(JSON.stringify(job.data));
      spoil(job.data as Given);
      Object.assign(job.headers, { more: 1 });
    };
    await start(
      (data) => {
        spoil(data);
        throw new Error('no luck');
      },
      {
        options: {
          isFailure: (_, job) => {
            judge(job);
            return true;
          },
          backoffs: {
            own: (_attempt, _error, job) => {
              judge(job);
              return 0;
            },
          },
        },
      },
    );

    await inState('a', 'failed');

    expect(judged).to.deep.equal([readsAs, readsAs, readsAs]);
    expect(seen).to.deep.equal([readsAs, readsAs]);
    expect(await storedData('a')).to.equal(TEXT);
    expect((await specs.queries().job('a'))?.record.options).not.to.have.property('headers');
  });

  it('stays its own in what the context hands out, in progress and in the result', async () => {
    const given = {
      headers: { from: 'web' },
      schedule: { name: 'daily', tick: 5 },
      links: {
        previous: { list: [1] },
        concludes: { id: 'b', queue: 'q', total: 1, succeeded: 1, failed: 0 },
      },
    };
    await store('a', { ...fixed, ...given });
    await start(async (_, ctx) => {
      Object.assign(ctx.headers, { from: 'handler' });
      Object.assign(ctx.schedule ?? {}, { tick: 6 });
      Object.assign(ctx.batch ?? {}, { total: 6 });
      (ctx.previous as { list: number[] }).list.push(2);
      expect(ctx.previous).to.equal(ctx.previous);
      const progress = { done: [1] };
      await ctx.progress(progress);
      progress.done.push(2);
      if (ctx.attempt === 1) throw new Error('no luck');
      let looks = 0;
      return { toJSON: () => ++looks };
    });

    await inState('a', 'succeeded');

    const record = (await specs.queries().job('a'))?.record;
    expect(record?.options).to.deep.include({ ...given, result: 1 });
    expect(record?.progress).to.deep.equal({ done: [1] });
  });

  it('is not stored of what follows, from the moment at which it was said', async () => {
    await store('a');
    const next = defineJob({ type: 'next', queue: specs.queue, schema: z.any() });
    const following = { n: [1] };
    await start(async (_, ctx) => {
      const { id } = await ctx.follow(next, following, { delayMs: 60_000 });
      following.n.push(2);
      return id;
    });

    await inState('a', 'succeeded');

    const id = (await specs.queries().job('a'))?.record.options.result;
    expect(await storedData(String(id))).to.equal('{"n":[1]}');
  });

  it('leaves the jobs of a group as they were added, those too that are split from it', async () => {
    const schema = z.custom<{ items: string[]; bad?: boolean }>().superRefine((data, ctx) => {
      // A schema that writes to what it looks at.
      data.items.push('schema');
      if (data.bad) ctx.addIssue('bad');
    });
    const definition = defineJob({
      type: 'digest',
      queue: specs.queue,
      schema,
      group: { maxSize: 3 },
      retries: 1,
      backoff: { type: 'fixed', delayMs: 0, jitter: false },
    });
    const calls: string[][][] = [];
    const run = (jobs: readonly GroupedJob<{ items: string[] }>[]): never => {
      calls.push(jobs.map(({ data }) => [...data.items]));
      for (const { data, headers } of jobs) {
        data.items.push('handler');
        Object.assign(headers, { by: 'handler' });
      }
      throw new Error('no luck');
    };
    const given = [{ items: ['a'] }, { items: ['b'], bad: true }, { items: ['c'] }];
    const ids: string[] = [];
    for (const data of given) {
      const options = {
        group: 'g',
        retries: 1,
        backoff: { type: 'fixed' as const, delayMs: 0, jitter: false },
      };
      // As one without the schema at hand would add them.
      const plain = { ...definition, schema: z.any() };
      ids.push((await specs.producer.add(plain, data, options)).id);
    }
    await specs.worker({ handlers: [handleGroup(definition, run)] }).start();

    await until(
      async () => calls.length === 2 && (await specs.queries().counts()).failed === 2,
      'all failed',
    );

    const parsed = [
      ['a', 'schema'],
      ['c', 'schema'],
    ];
    expect(calls).to.deep.equal([parsed, parsed]);
    expect(await storedData(ids[1] ?? '')).to.equal(JSON.stringify(given[1]));
    const failed = await specs.queries().page('failed', 0, 10);
    const members = failed.map(({ record }) => record.data).find(Array.isArray) as {
      job: { data: unknown };
    }[];
    expect(members.map(({ job }) => job.data)).to.deep.equal([given[0], given[2]]);
  });
});
