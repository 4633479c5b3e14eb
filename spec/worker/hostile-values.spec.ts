import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle, type JobContext, type JobDefinition } from '../../lib/jobs/define.ts';
import { LOG_LEVELS, type Logger } from '../../lib/logger.ts';
import type { WorkerEvents } from '../../lib/worker/events.ts';
import { HOSTILE } from '../support/hostile.ts';
import { silentLog } from '../support/log.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkerOptions, type SpecWorkers } from '../support/worker.ts';

const GOOD = 'good';
type Make = () => unknown;

/** Where a value comes in: what a worker is made with, and what its handler does with a value that it makes. */
interface Place {
  run?: (make: Make, ctx: JobContext) => unknown;
  options?: (makeOf: (data: unknown) => Make, name: string) => Partial<SpecWorkerOptions>;
  definition?: (makeOf: (data: unknown) => Make) => Partial<JobDefinition>;
  timeoutMs?: number;
  /** Whether the job may have succeeded; default it may not. */
  mayDo?: boolean;
}

const fail = (): never => {
  throw new Error('no luck');
};
const schemaOf = (answer: (value: unknown, make: Make) => unknown) => (makeOf: (data: unknown) => Make) => ({
  schema: {
    '~standard': {
      version: 1 as const,
      vendor: 'spec',
      validate: (value: unknown) =>
        (value === GOOD ? { value } : answer(value, makeOf(value))) as { value: unknown },
    },
  },
});
/** A logger of which every method does this. */
function loggerOf(act: () => unknown, child: (self: Logger) => unknown = (self) => self): Logger {
  const methods = Object.fromEntries(LOG_LEVELS.map((level) => [level, act]));
  const log = { ...silentLog, ...methods, child: () => child(log) as Logger } as Logger;
  return log;
}
function throwIt(make: Make): never {
  throw make();
}
/** Does it for the values alone: what a logger or a listener is told does not say which job it is about. */
const always = (act: (make: Make) => unknown) => (makeOf: (data: unknown) => Make, name: string) => () =>
  act(makeOf(name));

const PLACES: Record<string, Place> = {
  'thrown by a handler': { run: throwIt },
  'rejected by a handler': { run: async (make) => throwIt(make) },
  'thrown by a handler after a turn': {
    run: async (make) => {
      await new Promise((resolve) => setImmediate(resolve));
      throwIt(make);
    },
  },
  'returned by a handler': { run: (make) => make(), mayDo: true },
  'resolved by a handler': { run: async (make) => make(), mayDo: true },
  'within what a handler returns': { run: (make) => ({ list: [make()] }), mayDo: true },
  'the cause of an error': { run: (make) => throwIt(() => new Error('x', { cause: make() })) },
  'a part of an error': { run: (make) => throwIt(() => new AggregateError([make(), make()], 'x')) },
  'given to progress': { run: (make, ctx) => ctx.progress(make()), mayDo: true },
  'given to progress, for which nobody waits': {
    run: (make, ctx) => {
      ctx.progress(make());
    },
    mayDo: true,
  },
  'the result of an effect': { run: (make, ctx) => ctx.once('key', () => make()), mayDo: true },
  'thrown by an effect': { run: (make, ctx) => ctx.once('key', () => throwIt(make)) },
  'the key of an effect': { run: (make, ctx) => ctx.once(make() as string, () => 1), mayDo: true },
  'the message of a log line': {
    run: (make, ctx) => ctx.log.info(make() as string),
    mayDo: true,
  },
  'a field of a log line': {
    run: (make, ctx) => ctx.log.error('x', { field: make(), err: make() }),
    mayDo: true,
  },
  'the fields of a log line': {
    run: (make, ctx) => ctx.log.warn('x', make() as Record<string, unknown>),
    mayDo: true,
  },
  'the fields of a child of the log': {
    run: (make, ctx) => ctx.log.child(make() as Record<string, unknown>).info('x', { a: 1 }),
    mayDo: true,
  },
  'thrown by a listener of the signal': {
    timeoutMs: 5,
    run: (make, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => throwIt(make));
        signal.addEventListener('abort', { handleEvent: () => throwIt(make) });
        signal.addEventListener('abort', async () => throwIt(make));
        signal.onabort = () => throwIt(make);
        signal.addEventListener('abort', resolve);
      }),
  },
  'thrown by middleware': {
    options: (makeOf) => ({
      middleware: [(next) => (data, ctx) => (data === GOOD ? next(data, ctx) : throwIt(makeOf(data)))],
    }),
  },
  'returned by middleware': {
    options: (makeOf) => ({
      middleware: [(next) => (data, ctx) => (data === GOOD ? next(data, ctx) : makeOf(data)())],
    }),
    mayDo: true,
  },
  'thrown into middleware that calls next twice and waits for neither': {
    run: async (make) => throwIt(make),
    options: () => ({
      middleware: [
        (next) => (data, ctx) => {
          next(data, ctx);
          return ctx.attempt === 0 ? null : void next(data, ctx);
        },
      ],
    }),
    mayDo: true,
  },
  'thrown by the schema': { definition: schemaOf((_, make) => throwIt(make)) },
  'answered by the schema': { definition: schemaOf((_, make) => make()), mayDo: true },
  'answered later by the schema': { definition: schemaOf(async (_, make) => make()), mayDo: true },
  'made of the data by the schema': { definition: schemaOf((_, make) => ({ value: make() })), mayDo: true },
  'the issues of the schema': { definition: schemaOf((_, make) => ({ issues: make() })), mayDo: true },
  'an issue of the schema': { definition: schemaOf((_, make) => ({ issues: [make()] })) },
  'the path of an issue': {
    definition: schemaOf((_, make) => ({ issues: [{ message: 'x', path: make() }] })),
  },
  'a step to an issue': {
    definition: schemaOf((_, make) => ({ issues: [{ message: 'x', path: [make(), { key: make() }] }] })),
  },
  'the message of an issue': { definition: schemaOf((_, make) => ({ issues: [{ message: make() }] })) },
  'thrown by isFailure': {
    run: fail,
    options: (makeOf) => ({ isFailure: (_, { data }) => throwIt(makeOf(data)) }),
  },
  'returned by isFailure': {
    run: fail,
    options: (makeOf) => ({ isFailure: (_, { data }) => makeOf(data)() as boolean }),
  },
  'thrown by a back-off function': {
    run: fail,
    options: (makeOf) => ({ backoffs: { own: (_a, _e, { data }) => throwIt(makeOf(data)) } }),
  },
  'returned by a back-off function': {
    run: fail,
    options: (makeOf) => ({ backoffs: { own: (_a, _e, { data }) => makeOf(data)() as number } }),
  },
  'thrown by the logger': {
    run: (_, ctx) => ctx.log.error('x'),
    options: (makeOf, name) => ({ log: loggerOf(always(throwIt)(makeOf, name)) }),
    mayDo: true,
  },
  'returned by the logger': {
    run: (_, ctx) => {
      ctx.log.error('x');
      fail();
    },
    options: (makeOf, name) => ({ log: loggerOf(always((make) => make())(makeOf, name)) }),
  },
  'the child of the logger': {
    run: (_, ctx) => {
      ctx.log.child({ a: 1 }).error('x');
      fail();
    },
    options: (makeOf, name) => ({ log: loggerOf(() => undefined, always((make) => make())(makeOf, name)) }),
  },
};

/** Those that are worked with once per value, since they cannot tell the job. */
const PER_VALUE = new Set(['thrown by the logger', 'returned by the logger', 'the child of the logger']);
const EVENTS: (keyof WorkerEvents)[] = ['job:started', 'job:succeeded', 'job:retried', 'job:failed'];

describe('a hostile value', () => {
  let specs: SpecWorkers;

  before(() => {
    specs = openWorkers();
  });
  after(() => specs.close());

  const makeOf = (data: unknown): Make => HOSTILE[String(data)] ?? fail;
  const statesOf = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await specs.queries().job(id))?.state));

  const isDrained = async (): Promise<boolean> => {
    const { waiting, active, delayed } = await specs.queries().counts();
    return waiting + active + delayed === 0;
  };
  const haveEnded = async (ids: readonly string[]): Promise<boolean> =>
    (await statesOf(ids)).every((state) => state === 'succeeded' || state === 'failed');

  /** Runs a job per value and a good one behind them, all in one slot; resolves with the ended jobs by value. */
  async function runAll(place: Place, names: readonly string[]) {
    const { run = () => 'ran', options, definition, timeoutMs = 60_000 } = place;
    const type = defineJob({ type: 'job', queue: specs.queue, schema: z.any() });
    const handler = handle({ ...type, ...definition?.(makeOf) }, (data: unknown, ctx) =>
      data === GOOD ? 'good' : run(makeOf(data), ctx),
    );
    const worker = specs.worker({
      concurrency: 1,
      timeoutGraceMs: 60_000,
      handlers: [handler],
      backoffs: { own: () => 0 },
      ...options?.(makeOf, names[0] ?? ''),
    });
    for (const event of EVENTS) {
      const listen = (facts: { id: string }): unknown => throwIt(makeOf(byId.get(facts.id)));
      worker.events.on(event as 'job:started', listen);
      worker.events.on(event as 'job:started', async (facts) => listen(facts));
    }
    const byId = new Map<string, string>();
    const retrying = { retries: 1, backoff: { type: 'own' }, timeoutMs };
    for (const name of names) byId.set((await specs.producer.add(type, name, retrying)).id, name);
    const good = (await specs.producer.add(type, GOOD)).id;
    await worker.start();
    await until(
      async () => (await isDrained()) && haveEnded([...byId.keys(), good]),
      'all have ended',
      20_000,
    );
    await until(() => worker.running === 0, 'the slot is free');
    await worker.stop();
    expect(await statesOf([good])).to.deep.equal(['succeeded']);
    const ended = await Promise.all([...byId.keys()].map((id) => specs.queries().job(id)));
    return ended.map((job) => ({
      name: byId.get(job?.id ?? '') ?? '',
      state: job?.state,
      ...job?.record.options,
    }));
  }

  for (const [where, place] of Object.entries(PLACES)) {
    it(`that is ${where} ends its own job alone, with a reason`, async () => {
      const names = Object.keys(HOSTILE);
      const runs = PER_VALUE.has(where) ? names.map((name) => [name]) : [names];
      for (const run of runs)
        for (const { name, state, errors } of await runAll(place, run)) {
          if (state === 'succeeded') expect(place.mayDo, `${name} succeeded`).to.equal(true);
          else expect(errors?.[0]?.message, `the reason of ${name}`).to.be.a('string').and.not.equal('');
        }
    }).timeout(120_000);
  }
});
