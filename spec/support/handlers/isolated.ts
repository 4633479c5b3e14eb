// The handler of specs that runs in a thread or process of its own: does what the data of its job say.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isMainThread, threadId } from 'node:worker_threads';
import { AwaitsSignal, DiscardJob, RetryLater } from '../../../lib/errors.ts';
import { defineJob, type HandlerFunction } from '../../../lib/jobs/define.ts';

/** What a job says. */
export interface IsolatedData {
  do: keyof typeof DEEDS;
  /** For what needs a number, a text or a list. */
  with?: unknown;
}

const NEXT_SCHEMA = {
  '~standard': {
    version: 1,
    vendor: 'spec',
    validate: (value: unknown) => (value === 'wrong' ? { issues: [{ message: 'is wrong' }] } : { value }),
  },
} as const;
const MIB = 1_048_576;
const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1_000));
/** Runs the queue of the job out of the loop: what is returned is never reached. */
const spin = (): never => {
  for (;;);
};

type Deed = (given: { ctx: Parameters<HandlerFunction>[1]; value: unknown }) => unknown;

const DEEDS = {
  echo: ({ value }) => value,
  where: () => ({ isMainThread, threadId, pid: process.pid }),
  facts: ({ ctx }) => {
    const { id, type, queue, attempt, headers, schedule, previous, batch } = ctx;
    return { id, type, queue, attempt, headers, schedule, previous, batch };
  },
  throw: ({ value }) => {
    throw Object.assign(new TypeError('thrown', { cause: new Error('beneath') }), {
      code: 'MY_CODE',
      status: value,
    });
  },
  discard: () => {
    throw new DiscardJob('never');
  },
  later: () => {
    throw new RetryLater(60_000);
  },
  progress: ({ ctx, value }) => ctx.progress(value),
  updateData: ({ ctx, value }) => ctx.updateData({ do: 'echo', with: value }),
  spawn: async ({ ctx }) => {
    const next = defineJob({ type: 'next', queue: ctx.queue, schema: NEXT_SCHEMA });
    return (await ctx.spawn('more', next, { from: ctx.id })).name;
  },
  spawnWorkflow: async ({ ctx }) => {
    const next = defineJob({ type: 'next', queue: ctx.queue, schema: NEXT_SCHEMA });
    return ctx.spawnWorkflow('part', ({ job, workflow }) => {
      const first = job('first', next, { from: ctx.id });
      const inner = workflow('inner', (own) => void own.job('a', next, { from: ctx.id }), { after: [first] });
      job('last', next, { from: ctx.id }, { after: [inner], when: 'ended', reads: [first], retries: 7 });
    });
  },
  results: ({ ctx }) => ({ workflow: ctx.workflow, results: ctx.results }),
  log: ({ ctx }) => ctx.log.child({ more: 1 }).info('said', { step: 2 }),
  once: async ({ ctx }) => {
    let calls = 0;
    const effect = (): object => ({ call: ++calls });
    const first = await ctx.once('effect', effect);
    const second = await ctx.once('effect', effect);
    const failure = new RangeError('no effect');
    const thrown: unknown = await ctx
      .once('failing', () => {
        throw failure;
      })
      .catch((error: unknown) => error);
    return { first, second, calls, isSame: thrown === failure };
  },
  transact: async ({ ctx, value }) => {
    const { Pool } = (await import('pg')).default;
    const pool = new Pool({ connectionString: String(Reflect.get(Object(value), 'url')) });
    const fails: unknown = Reflect.get(Object(value), 'fails');
    try {
      const result = await ctx.transaction(pool, async (tx) => {
        await tx.query('insert into effects (queue) values ($1)', [ctx.queue]);
        if (fails === 'within') throw Object.assign(new Error('within'), { code: 'MINE' });
        return { attempt: ctx.attempt };
      });
      if (fails === 'after' && ctx.attempt === 1) throw new Error('after the commit');
      return result;
    } finally {
      await pool.end();
    }
  },
  await: async ({ ctx, value }) => {
    const [one, other] = await Promise.all([
      ctx.waitFor('one', { timeoutMs: Number(value) }),
      ctx.waitFor('other', { timeoutMs: Number(value) }),
    ]);
    return [one.data, other.data];
  },
  awaitError: async ({ ctx }) => {
    try {
      return await ctx.waitFor('one', { timeoutMs: 60_000 });
    } catch (error) {
      return error instanceof AwaitsSignal;
    }
  },
  fencing: async ({ ctx }) => [await ctx.fencingNumber(), await ctx.fencingNumber()],
  follow: async ({ ctx, value }) => {
    const next = defineJob({ type: 'next', queue: ctx.queue, schema: NEXT_SCHEMA, retries: 7 });
    const added = await ctx.follow(next, { from: ctx.id });
    if (value !== 'wrong') return added;
    return ctx.follow(next, 'wrong').catch(({ code }: { code?: unknown }) => ({ code }));
  },
  function: () => () => undefined,
  heed: ({ ctx }) =>
    new Promise((_, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason));
    }),
  hang: forever,
  spin,
  exit: ({ value }) => process.exit(Number(value)),
  abort: () => process.abort(),
  segfault: () => {
    process.kill(process.pid, 'SIGSEGV');
    return forever();
  },
  timer: () => {
    setTimeout(() => {
      throw new Error('from a timer');
    }, 1);
    return forever();
  },
  lateTimer: ({ value }) => {
    setTimeout(() => {
      throw new Error('from a timer that was left behind');
    }, Number(value));
  },
  wait: ({ value }) => new Promise((resolve) => setTimeout(resolve, Number(value), 'waited')),
  untilFile: async ({ value }) => {
    while (!existsSync(String(value))) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  fill: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(10_000).fill(kept.length));
  },
  buffers: async ({ value }) => {
    const kept: Buffer[] = [];
    for (let mib = 0; mib < Number(value); mib += 10) kept.push(Buffer.alloc(10 * MIB, 1));
    return forever().then(() => kept.length);
  },
  offspring: async ({ ctx }) => {
    const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await ctx.progress(pid);
    return spin();
  },
} satisfies Record<string, Deed>;

/** Does what the data say. */
const isolated: HandlerFunction<IsolatedData> = (data, ctx) => {
  const deed: Deed = DEEDS[data.do];
  return deed({ ctx, value: data.with });
};

export default isolated;
