import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { StepOptions, WorkflowBuilder } from '../../lib/jobs/workflow-builder.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('Producer#addWorkflow', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client, knownQueues: [workers.queue] });
  });
  afterEach(() => workers.close());

  const part = () =>
    defineJob({ type: 'part', queue: workers.queue, schema: z.object({ n: z.number() }), retries: 0 });

  /** Serves them; resolves with what each step that ran was, in order, and what it was given. */
  const serve = async (run: (step: string, ctx: JobContext) => unknown = () => undefined) => {
    const ran: { step: string; results: Record<string, unknown> }[] = [];
    const handler = handle(part(), (_data, ctx) => {
      const step = ctx.workflow?.step ?? '';
      ran.push({ step, results: { ...ctx.results } });
      return run(step, ctx);
    });
    await workers.worker({ handlers: [handler] }).start();
    return ran;
  };

  const untilOver = async (queue: string, id: string) => {
    await until(
      async () => !['adding', 'running'].includes((await inspector.workflows.get(queue, id))?.state ?? ''),
      'the workflow is over',
    );
    return inspector.workflows.get(queue, id);
  };

  const statesOf = async (queue: string, id: string) =>
    Object.fromEntries(
      ((await inspector.workflows.get(queue, id))?.steps ?? []).map(({ name, state }) => [name, state]),
    );

  const diamond = ({ job }: WorkflowBuilder, more: StepOptions = {}) => {
    const a = job('a', part(), { n: 1 });
    const b = job('b', part(), { n: 2 }, { after: [a] });
    const c = job('c', part(), { n: 3 }, { after: [a] });
    job('d', part(), { n: 4 }, { after: [b, c], ...more });
  };

  it('runs each step once those before it have succeeded, and gives it their results', async () => {
    const ran = await serve((step) => `${step}!`);

    const added = await workers.producer.addWorkflow(diamond);

    const over = await untilOver(added.queue, added.id);
    expect(Object.keys(added.jobs)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(added).to.include({ queue: workers.queue, created: true });
    expect(over).to.include({ state: 'succeeded', total: 4, open: 0, failed: 0 });
    expect(ran.map(({ step }) => step).sort()).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(ran[0]).to.deep.equal({ step: 'a', results: {} });
    expect(ran.at(-1)).to.deep.equal({ step: 'd', results: { a: 'a!', b: 'b!', c: 'c!' } });
    expect(over?.goneInMs).to.be.within(86_000_000, 86_400_000);
    expect(await workers.client.exists(`bq:${workers.queue}:steps`)).to.equal(0);
  });

  it('says of a step that has not started what it waits for', async () => {
    const { queue, jobs } = await workers.producer.addWorkflow(diamond);

    const [reason] = await inspector.why(queue, jobs['d']?.id ?? '');

    expect(reason).to.include({ reason: 'awaits-steps', step: 'd', pending: 2 });
    expect(reason?.text).to.match(/these have succeeded: b, c$/);
  });

  it('skips what cannot come any more, and goes on with the rest', async () => {
    await serve((step) => {
      if (step === 'b') throw new Error('no luck');
    });

    const { queue, id } = await workers.producer.addWorkflow((plan) => {
      diamond(plan);
      plan.job('e', part(), { n: 5 });
    });

    const over = await untilOver(queue, id);
    expect(over).to.include({ state: 'failed', failed: 1, retryable: 1, goneInMs: null });
    expect(await statesOf(queue, id)).to.deep.equal({
      ...{ a: 'succeeded', b: 'failed', c: 'succeeded', d: 'skipped', e: 'succeeded' },
    });
  });

  for (const [when, ran] of [
    ['ended', true],
    ['any', true],
    ['failed', true],
    ['succeeded', false],
  ] as const) {
    it(`runs a step by the rule ${when}: ${ran}`, async () => {
      await serve((step) => {
        if (step === 'b') throw new Error('no luck');
      });

      const { queue, id } = await workers.producer.addWorkflow((plan) => diamond(plan, { when }));

      await untilOver(queue, id);
      expect((await statesOf(queue, id))['d']).to.equal(ran ? 'succeeded' : 'skipped');
    });
  }

  it('skips a step for failures where nothing has failed', async () => {
    await serve();

    const { queue, id } = await workers.producer.addWorkflow((plan) => diamond(plan, { when: 'failed' }));

    expect(await untilOver(queue, id)).to.include({ state: 'succeeded' });
    expect((await statesOf(queue, id))['d']).to.equal('skipped');
  });

  it('stops what waits for a success where it is to stop, and cleans up all the same', async () => {
    await serve((step) => {
      if (step === 'a') throw new Error('no luck');
    });

    const { queue, id } = await workers.producer.addWorkflow(
      ({ job }) => {
        const a = job('a', part(), { n: 1 });
        const b = job('b', part(), { n: 2 }, { delayMs: patiently(300) });
        const c = job('c', part(), { n: 3 }, { after: [b] });
        job('d', part(), { n: 4 }, { after: [a, c], when: 'ended' });
      },
      { onFailure: 'stop' },
    );

    expect(await untilOver(queue, id)).to.include({ state: 'failed', onFailure: 'stop' });
    expect(await statesOf(queue, id)).to.deep.equal({
      ...{ a: 'failed', b: 'succeeded', c: 'skipped', d: 'succeeded' },
    });
  });

  it('goes on from a step that is retried', async () => {
    let isBroken = true;
    await serve((step) => {
      if (step === 'b' && isBroken) throw new Error('no luck');
      return step;
    });
    const { queue, id } = await workers.producer.addWorkflow(diamond);
    await untilOver(queue, id);

    isBroken = false;
    expect(await inspector.workflows.retry(queue, id)).to.deep.equal(['b']);

    expect(await untilOver(queue, id)).to.include({ state: 'succeeded', failed: 0, retryable: 0 });
    expect((await statesOf(queue, id))['d']).to.equal('succeeded');
  });

  it('takes in steps that a step adds, which those after it wait for and read', async () => {
    const other = defineJob({ type: 'other', queue: `${workers.queue}-2`, schema: z.any() });
    const ran: string[] = [];
    const last: Record<string, unknown>[] = [];
    const run = async (_data: unknown, ctx: JobContext) => {
      const { step = '' } = ctx.workflow ?? {};
      ran.push(step);
      if (step === 'list')
        for (const n of [1, 2, 3]) await ctx.spawn(`page-${n}`, n === 3 ? other : part(), { n });
      if (step === 'list/page-2') await ctx.spawn('more', part(), { n: 4 });
      if (step === 'end') last.push({ ...ctx.results });
      return step.length;
    };
    const queues = [workers.queue, other.queue].map((name) => ({ name, weight: 1 }));
    await workers.worker({ handlers: [handle(part(), run), handle(other, run)], queues }).start();

    const { queue, id } = await workers.producer.addWorkflow(({ job }) => {
      const list = job('list', part(), { n: 0 });
      job('end', part(), { n: 5 }, { after: [list] });
    });

    const over = await untilOver(queue, id);
    expect(over).to.include({ state: 'succeeded', total: 6, open: 0 });
    expect(ran.at(-1)).to.equal('end');
    expect(last[0]).to.deep.equal({
      ...{ list: 4, 'list/page-1': 11, 'list/page-2': 11, 'list/page-3': 11, 'list/page-2/more': 16 },
    });
    expect(over?.steps.find(({ name }) => name === 'list/page-3')).to.include({ queue: other.queue });
    const again = await inspector.workflows.rerun(queue, id, 'list');
    expect(again).to.deep.equal({ done: true, steps: ['list', 'end'] });
    expect(await untilOver(queue, id)).to.include({ state: 'succeeded', total: 6, open: 0 });
    expect(ran).to.have.length(12);
  });

  it('takes in no step by an attempt that fails, and none outside of a workflow', async () => {
    const errors: unknown[] = [];
    const alone = workers.handler(async (_data: never, ctx) => {
      await ctx.spawn('x', part(), { n: 1 }).catch((error: unknown) => errors.push(error));
    });
    const failing = handle(part(), async ({ n }, ctx) => {
      await ctx.spawn('x', part(), { n: 1 });
      await ctx.spawn('x', part(), { n: 1 }).catch((error: unknown) => errors.push(error));
      await ctx.spawn('y/z', part(), { n: 1 }).catch((error: unknown) => errors.push(error));
      if (n === 0) throw new Error('no luck');
    });
    await workers.worker({ handlers: [alone, failing] }).start();
    await workers.add('one');
    const { queue, id } = await workers.producer.addWorkflow(({ job }) => void job('a', part(), { n: 0 }));

    expect(await untilOver(queue, id)).to.include({ state: 'failed', total: 1 });
    await until(() => errors.length === 3, 'all were refused');
    const told = errors.map(String).sort().join();
    expect(told).to.match(/is there twice: x.*must be one that a step .* can have.*is no step of a workflow/);
  });

  it('runs again from any step that has ended, with all that come after it', async () => {
    const ran = await serve((step) => `${step}${ran.length}`);
    const { queue, id, jobs } = await workers.producer.addWorkflow(diamond);
    await untilOver(queue, id);

    const rerun = await inspector.workflows.rerun(queue, id, 'b');
    const over = await untilOver(queue, id);

    expect(rerun).to.deep.equal({ done: true, steps: ['b', 'd'] });
    expect(over).to.include({ state: 'succeeded', open: 0 });
    expect(ran.slice(4).map(({ step }) => step)).to.deep.equal(['b', 'd']);
    expect(ran.at(-1)?.results).to.include({ b: 'b5' });
    const [, b] = over?.steps ?? [];
    expect(b?.id).not.to.equal(jobs['b']?.id);
    expect(await inspector.job(queue, jobs['b']?.id ?? '')).to.include({ state: 'succeeded' });
    expect(await inspector.workflows.rerun(queue, id, 'none')).to.deep.equal({ done: false, why: 'none' });
  });

  it('starts nothing any more once it is cancelled', async () => {
    const untilTold = (_step: string, { signal }: JobContext) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const ran = await serve(untilTold);
    const { queue, id } = await workers.producer.addWorkflow(diamond);
    await until(() => ran.length === 1, 'the first runs');

    expect(await inspector.workflows.cancel(queue, id, 'ops')).to.equal(1);

    expect(await untilOver(queue, id)).to.include({ state: 'cancelled' });
    expect(await statesOf(queue, id)).to.deep.equal({
      ...{ a: 'failed', b: 'skipped', c: 'skipped', d: 'skipped' },
    });
  });

  it('starts nothing after its deadline', async () => {
    const ran = await serve();
    const deadlineAt = Date.now() + patiently(400);

    const { queue, id } = await workers.producer.addWorkflow(
      ({ job }) => {
        const a = job('a', part(), { n: 1 }, { delayMs: patiently(200) });
        job('b', part(), { n: 2 }, { after: [a], delayMs: 3_600_000 });
        job('c', part(), { n: 3 }, { delayMs: patiently(600) });
      },
      { deadlineAt },
    );

    await until(async () => (await statesOf(queue, id))['c'] === 'failed', 'the deadline has come');
    await inspector.promote(queue, (await inspector.workflows.get(queue, id))?.steps[1]?.id ?? '');
    await untilOver(queue, id);
    expect(ran.map(({ step }) => step)).to.deep.equal(['a']);
  });

  it('reads what steps returned by the types of their definitions, and refuses what is not of those', async () => {
    const { queue } = workers;
    const schema = z.object({});
    const Charge = defineJob({ type: 'charge', queue, schema, result: z.object({ receipt: z.string() }) });
    const Ship = defineJob({ type: 'ship', queue, schema, reads: { charge: Charge }, retries: 0 });
    const shipped: string[] = [];
    let receipt: unknown = 'r-1';
    // A worker of another version knows nothing of what it is to return.
    const charge = handle(defineJob({ type: 'charge', queue, schema }), async () => ({ receipt }));
    const ship = handle(Ship, (_data, ctx) => void shipped.push(ctx.results.charge.receipt));
    await workers.worker({ handlers: [charge, ship] }).start();
    const add = () =>
      workers.producer.addWorkflow(({ job }) => {
        job('ship', Ship, {}, { after: [job('charge', Charge, {})] });
      });

    const right = await add();
    await untilOver(queue, right.id);
    receipt = 7;
    const wrong = await add();
    await untilOver(queue, wrong.id);

    expect(shipped).to.deep.equal(['r-1']);
    const failed = await inspector.job(queue, wrong.jobs['ship']?.id ?? '');
    expect(failed).to.include({ outcome: 'discarded' });
    expect(failed?.errors[0]?.message).to.match(
      /^the result of step charge, which it reads, is not valid: receipt/,
    );
  });

  it('refuses a step whose definition reads a step that does not come before it', async () => {
    const { queue } = workers;
    const Charge = defineJob({ type: 'charge', queue, schema: z.object({}) });
    const Ship = defineJob({ type: 'ship', queue, schema: z.object({}), reads: { charge: Charge } });
    const messages: string[] = [];
    for (const describe of [
      ({ job }: WorkflowBuilder) => void job('ship', Ship, {}),
      ({ job }: WorkflowBuilder) => {
        job('charge', Ship, {});
        job('ship', Ship, {});
      },
      ({ job }: WorkflowBuilder) => {
        job('charge', Charge, {});
        job('ship', Ship, {});
      },
    ])
      messages.push(await workers.producer.addWorkflow(describe).catch(({ message }) => message));

    expect(messages[0]).to.match(
      /^steps.ship reads the result of a step charge of type charge.*there is none$/,
    );
    expect(messages[1]).to.match(
      /^steps.charge reads the result of a step charge of type charge.*type ship$/,
    );
    expect(messages[2]).to.equal(
      'steps.ship reads the result of charge, which does not come before it; say so in after',
    );
  });

  it('gives results of those far before, and says so of one that is too long', async () => {
    const thrown: unknown[] = [];
    const ran = await serve((step, ctx) => {
      if (step === 'd') {
        try {
          ctx.results['b'];
        } catch (error) {
          thrown.push(error);
        }
      }
      return step === 'b' ? 'x'.repeat(70_000) : step;
    });

    const { queue, id } = await workers.producer.addWorkflow(diamond);

    expect(await untilOver(queue, id)).to.include({ state: 'succeeded' });
    expect(ran.at(-1)?.results).to.deep.equal({ a: 'a', c: 'c' });
    expect(String(thrown[0])).to.match(/the result of step b is too long/);
  });

  it('may be in several queues, and counts what is gone with one of them as failed', async () => {
    const other = `${workers.queue}-2`;
    const there = defineJob({ type: 'there', queue: other, schema: z.any() });
    const { queue, id } = await workers.producer.addWorkflow(({ job }) => {
      const a = job('a', part(), { n: 1 });
      const b = job('b', there, 1);
      const c = job('c', there, 1, { after: [a] });
      job('d', part(), { n: 2 }, { after: [b, c], when: 'failed' });
    });

    await inspector.deleteQueue(other, { force: true });

    expect(await statesOf(queue, id)).to.deep.equal({ a: 'waiting', b: 'failed', c: 'failed', d: 'waiting' });
    const { steps } = queueKeys('bq', other, false);
    expect(await workers.client.exists(steps)).to.equal(0);
  });

  it('leaves nothing behind where its queue is deleted', async () => {
    const { queue } = await workers.producer.addWorkflow(diamond);

    await inspector.deleteQueue(queue, { force: true });

    expect(await workers.client.keys(`bq:${queue}:*`)).to.deep.equal([]);
  });

  it('is stored whole, however many steps it has', async () => {
    const { queue, id, jobs } = await workers.producer.addWorkflow(({ job }) => {
      const all = Array.from({ length: 999 }, (_one, n) => job(`s${n}`, part(), { n }));
      job('last', part(), { n: 999 }, { after: all });
    });

    expect(Object.keys(jobs)).to.have.length(1_000);
    expect((await workers.waiting()).length).to.equal(999);
    expect(await inspector.workflows.get(queue, id)).to.include({
      state: 'running',
      total: 1_000,
      added: 1_000,
    });
  });

  it('starts a delayed step so long after those before it', async () => {
    await serve();
    const { queue, id, jobs } = await workers.producer.addWorkflow(({ job }) => {
      const a = job('a', part(), { n: 1 }, { delayMs: 100 });
      job('b', part(), { n: 2 }, { after: [a], delayMs: 60_000, priority: 2 });
    });

    await until(async () => (await statesOf(queue, id))['b'] === 'delayed', 'the second is delayed');
    const [first, second] = [
      await inspector.job(queue, jobs['a']?.id ?? ''),
      await inspector.job(queue, jobs['b']?.id ?? ''),
    ];
    expect(second?.options.runAt).to.be.within((first?.finishedAt ?? 0) + 59_000, Date.now() + 60_000);
    expect(second?.options.priority).to.equal(2);
    expect(second?.createdAt).to.be.at.least(first?.createdAt ?? 0);
    expect(second?.workflow).to.deep.equal({ id, queue, step: 'b' });
  });

  for (const [name, describe, options, path] of [
    ['no steps', () => undefined, {}, 'steps'],
    ['an unknown option', ({ job }) => void job('a', part(), { n: 1 }), { onFailur: 'stop' }, 'onFailur'],
    ['a policy that is none', ({ job }) => void job('a', part(), { n: 1 }), { onFailure: 'no' }, 'onFailure'],
    [
      'a deadline that is no time',
      ({ job }) => void job('a', part(), { n: 1 }),
      { deadlineAt: 'x' },
      'deadlineAt',
    ],
    ['wrong data', ({ job }) => void job('a', part(), { n: 'x' } as never), {}, 'n'],
    [
      'a step of another workflow',
      ({ job }) => void job('a', part(), { n: 1 }, { after: [{ name: 'b' }] }),
      {},
      'steps.a.after',
    ],
    [
      'a unique key',
      ({ job }) => void job('a', part(), { n: 1 }, { unique: { key: 'k' } } as never),
      {},
      'steps.a.options.unique',
    ],
    ['a slash in a name', ({ job }) => void job('list/page', part(), { n: 1 }), {}, 'steps'],
    ['__proto__ for a name', ({ job }) => void job('__proto__', part(), { n: 1 }), {}, 'steps'],
  ] as [string, (plan: WorkflowBuilder) => void, object, string][]) {
    it(`refuses ${name}, and stores nothing`, async () => {
      const error = await workers.producer.addWorkflow(describe, options).then(
        () => null,
        (refused: { code: string; problems: { path: string }[] }) => refused,
      );

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error?.problems.map((problem) => problem.path)).to.deep.equal([path]);
      expect(await workers.client.keys(`bq:${workers.queue}:*`)).to.deep.equal([]);
    });
  }

  it('is found by its id alone', async () => {
    const { id } = await workers.producer.addWorkflow(diamond, { id: `flow-${workers.queue}` });

    expect(await inspector.workflow(id)).to.include({ id, queue: workers.queue, state: 'running' });
    expect(await inspector.workflow('none')).to.equal(null);
  });

  it('is read as far as it can be where another program has written into it', async () => {
    const { id, queue } = await workers.producer.addWorkflow(diamond);
    const flow = queueKeys('bq', queue, false).flow(id);
    const whole = await workers.client.hgetall(flow);

    for (const [broken, steps] of [
      [{ added: '1e15' }, 4],
      [{ names: 'null' }, 4],
      [{ names: '{' }, 4],
      [{ '0:plan': 'no JSON' }, 3],
      [{ '0:plan': 'null', '1:plan': '{}' }, 2],
    ] as const) {
      await workers.client.hset(flow, { ...whole, ...broken });
      expect((await inspector.workflow(id))?.steps.length, JSON.stringify(broken)).to.equal(steps);
    }
  });

  it('adds nothing more under an id that is there, and refuses another one', async () => {
    const first = await workers.producer.addWorkflow(diamond, { id: 'night' });

    const again = await workers.producer.addWorkflow(diamond, { id: 'night' });
    const other = workers.producer.addWorkflow(({ job }) => void job('x', part(), { n: 1 }), { id: 'night' });

    expect(again).to.deep.equal({ ...first, created: false });
    expect((await workers.waiting()).length).to.equal(1);
    expect(await other.catch((error) => error)).to.include({ code: 'JOB_EXISTS' });
  });
});
