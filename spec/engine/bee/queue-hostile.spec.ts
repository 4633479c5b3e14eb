import { expect } from 'chai';
import type { BeeHandler, DoneCallback } from '../../../lib/engine/bee/bee-handler.ts';
import type { RunningJob } from '../../../lib/engine/bee/job.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { SpecQueues } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';

type Make = () => unknown;

const throwIt = (make: Make): never => {
  throw make();
};
const fail = (): never => {
  throw new Error('no luck');
};

/** What a handler does with a value, or what else is made of it; the job may have succeeded only where that is said. */
const PLACES: Record<
  string,
  { run?: (make: Make) => BeeHandler; strategy?: (make: Make) => unknown; mayDo?: true }
> = {
  'thrown by a handler': { run: (make) => () => throwIt(make) },
  'rejected by a handler': { run: (make) => async () => throwIt(make) },
  'returned by a handler': { run: (make) => () => make(), mayDo: true },
  'resolved by a handler': { run: (make) => async () => make(), mayDo: true },
  'given to done as an error': { run: (make) => (_, done) => done(make()), mayDo: true },
  'given to done as the result': { run: (make) => (_, done) => done(null, make()), mayDo: true },
  'returned by a handler with done': {
    run: (make) => (_, done) => {
      done(null, 1);
      return make();
    },
    mayDo: true,
  },
  'written to the data of the job': {
    run: (make) => (job) => {
      job.data = make();
      fail();
    },
  },
  'written to the options of the job': {
    run: (make) => (job) => {
      Object.assign(job.options, { retries: make(), stacktraces: make(), errors: make(), mine: make() });
      fail();
    },
  },
  'given to reportProgress': {
    run: (make) => async (job) => {
      await job.reportProgress(make());
    },
    mayDo: true,
  },
  'thrown by a back-off strategy': { strategy: throwIt },
  'returned by a back-off strategy': { strategy: (make) => make() },
};
const EVENTS = [
  'succeeded',
  'retrying',
  'failed',
  'failed:fatal',
  'error',
  'job succeeded',
  'job failed',
] as const;

describe('a hostile value in a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });
  afterEach(() => queues.close());

  for (const [where, { run = () => fail, strategy, mayDo = false }] of Object.entries(PLACES)) {
    it(`that is ${where} ends its own job alone, with a reason`, async () => {
      const queue = queues.ours<string>({ leaseMs: 60_000 });
      const makeOf = (name: unknown): Make => HOSTILE[String(name)] ?? fail;
      let last: string = '';
      queue.backoffStrategies.set('own', (job) => strategy?.(makeOf(last || job.id)) as number);
      for (const event of EVENTS) {
        queue.on(event as 'failed', () => throwIt(makeOf(last)));
        queue.on(event as 'failed', async () => throwIt(makeOf(last)));
      }
      const names = Object.keys(HOSTILE);
      const ids = new Map<string, string>();
      for (const name of names) {
        const job = queue
          .createJob(name)
          .retries(strategy ? 1 : 0)
          .backoff('own', 1);
        ids.set((await job.save()).id ?? '', name);
      }
      const good = (await queue.createJob('good').save()).id ?? '';

      const act = (job: RunningJob<string>, done: DoneCallback): unknown => {
        last = ids.get(job.id ?? '') ?? '';
        if (last !== '') return run(makeOf(last))(job as RunningJob, done);
        done(null, 'good');
        return 'good';
      };
      // bee-queue goes by how many arguments a handler takes.
      const takesDone = run(fail).length > 1;
      queue.process(takesDone ? act : (job) => act(job, () => undefined));

      const stateOf = async (id: string) => (await queue.queries.job(id))?.state ?? '';
      await until(
        async () => {
          const states = await Promise.all([...ids.keys(), good].map(stateOf));
          return states.every((state) => state === 'succeeded' || state === 'failed');
        },
        'all have ended',
        20_000,
      );
      expect(await stateOf(good)).to.equal('succeeded');
      for (const [id, name] of ids) {
        const job = await queue.queries.job(id);
        if (job?.state === 'succeeded') expect(mayDo, `${name} succeeded`).to.equal(true);
        else expect(job?.record.options.errors?.[0]?.message, name).to.be.a('string').and.not.equal('');
      }
    }).timeout(120_000);
  }
});
