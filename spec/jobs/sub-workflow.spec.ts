import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { WorkflowBuilder } from '../../lib/jobs/workflow-builder.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('a workflow within a workflow', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client, knownQueues: [workers.queue] });
  });
  afterEach(() => workers.close());

  const part = () => defineJob({ type: 'part', queue: workers.queue, schema: z.any(), retries: 0 });

  /** Serves them; resolves with what each step that ran was, in order, and what it was given. */
  const serve = async (run: (step: string, ctx: JobContext) => unknown = () => undefined) => {
    const ran: Record<string, Record<string, unknown>> = {};
    const handler = handle(part(), (_data, ctx) => {
      const step = ctx.workflow?.step ?? '';
      ran[step] = { ...ctx.results };
      return run(step, ctx);
    });
    await workers.worker({ handlers: [handler] }).start();
    return ran;
  };

  const untilOver = async ({ queue, id }: { queue: string; id: string }) => {
    await until(
      async () => !['adding', 'running'].includes((await inspector.workflows.get(queue, id))?.state ?? ''),
      'the workflow is over',
    );
    const over = await inspector.workflows.get(queue, id);
    const states = [...(over?.steps ?? []), ...(over?.workflows ?? [])].map(({ name, state }) => [
      name,
      state,
    ]);
    return { ...over, states: Object.fromEntries(states) };
  };

  /** Works alone and within another: pays, gives the money back where it cannot say so, and cleans up. */
  const payment = ({ job }: WorkflowBuilder) => {
    const pay = job('pay', part(), {});
    const tell = job('tell', part(), {}, { after: [pay] });
    job('refund', part(), {}, { after: [tell], when: 'failed' });
    job('clean', part(), {}, { after: [pay, tell], when: 'ended' });
  };

  const order = ({ job, workflow }: WorkflowBuilder) => {
    const check = job('check', part(), {});
    const paid = workflow('payment', payment, { after: [check] });
    job('send', part(), {}, { after: [paid] });
    job('sorry', part(), {}, { after: [paid], when: 'failed' });
  };

  it('starts after those before it, and is waited for as a whole', async () => {
    const ran = await serve((step) => `${step}!`);

    const added = await workers.producer.addWorkflow(order);

    const { states, ...over } = await untilOver(added);
    expect(over).to.include({ state: 'succeeded', total: 7, open: 0, failed: 0 });
    expect(states).to.deep.equal({
      ...{ check: 'succeeded', send: 'succeeded', sorry: 'skipped', payment: 'succeeded' },
      ...{ 'payment/pay': 'succeeded', 'payment/tell': 'succeeded' },
      ...{ 'payment/refund': 'skipped', 'payment/clean': 'succeeded' },
    });
    expect(Object.keys(added.jobs)).to.deep.equal([
      ...['check', 'payment/pay', 'payment/tell', 'payment/refund', 'payment/clean', 'send', 'sorry'],
    ]);
    expect(Object.keys(ran).slice(0, 3)).to.deep.equal(['check', 'payment/pay', 'payment/tell']);
    expect(over.workflows).to.deep.equal([
      {
        ...{ name: 'payment', state: 'succeeded', when: 'succeeded', after: ['check'] },
        ...{ addedBy: null, within: null },
      },
    ]);
    expect(over.steps?.find(({ name }) => name === 'payment/pay')).to.deep.include({
      ...{ after: [], within: 'payment' },
    });
    expect(over.steps?.find(({ name }) => name === 'send')).to.deep.include({
      after: ['payment'],
      within: null,
    });
  });

  it('gives results by the names that they have where the step stands', async () => {
    const ran = await serve((step) => `${step}!`);

    await untilOver(await workers.producer.addWorkflow(order));

    expect(ran['payment/pay']).to.deep.equal({ '../check': 'check!' });
    expect(ran['payment/tell']).to.deep.equal({ pay: 'payment/pay!', '../check': 'check!' });
    expect(ran['payment/clean']).to.include({ pay: 'payment/pay!', tell: 'payment/tell!' });
    expect(ran['send']).to.deep.equal({
      ...{ check: 'check!', 'payment/pay': 'payment/pay!', 'payment/tell': 'payment/tell!' },
      ...{ 'payment/clean': 'payment/clean!' },
    });
  });

  it('is read as far as it can be where another program has written into it', async () => {
    const { id, queue } = await workers.producer.addWorkflow(order);
    const flow = queueKeys('bq', queue, false).flow(id);
    const whole = await workers.client.hgetall(flow);
    const join = JSON.parse(whole['6:plan'] ?? '{}');

    expect((await inspector.workflows.get(queue, id))?.workflows).to.have.length(1);
    for (const broken of [{ ...join, from: -1e15 }, { ...join, from: 'x' }, { from: 1 }, null]) {
      await workers.client.hset(flow, { ...whole, '6:plan': JSON.stringify(broken) });
      const read = await inspector.workflows.get(queue, id);
      expect(read?.steps.length, JSON.stringify(broken)).to.equal(7);
      expect(read?.workflows).to.deep.equal([]);
    }
  });

  it('has failed when a step of it has, once all of it has ended', async () => {
    await serve((step) => {
      if (step === 'payment/tell') throw new Error('no luck');
    });

    const { states } = await untilOver(await workers.producer.addWorkflow(order));

    expect(states).to.include({ payment: 'failed', send: 'skipped', sorry: 'succeeded' });
    expect(states).to.include({ 'payment/refund': 'succeeded', 'payment/clean': 'succeeded' });
  });

  it('is skipped as a whole, whatever the rules within', async () => {
    await serve((step) => {
      if (step === 'check') throw new Error('no luck');
    });

    const { states } = await untilOver(await workers.producer.addWorkflow(order));

    expect(states).to.deep.equal({
      ...{ check: 'failed', send: 'skipped', sorry: 'skipped', payment: 'skipped' },
      ...{ 'payment/pay': 'skipped', 'payment/tell': 'skipped' },
      ...{ 'payment/refund': 'skipped', 'payment/clean': 'skipped' },
    });
  });

  it('has its turn where a failure stops the rest, when it is to make up for that', async () => {
    await serve((step) => {
      if (step === 'b') throw new Error('no luck');
    });

    const added = await workers.producer.addWorkflow(
      ({ job, workflow }) => {
        const b = job('b', part(), {});
        workflow('repair', payment, { after: [b], when: 'failed' });
        workflow('more', payment, { after: [b] });
      },
      { onFailure: 'stop' },
    );

    const { states } = await untilOver(added);
    expect(states).to.include({ repair: 'succeeded', 'repair/pay': 'succeeded', 'repair/tell': 'succeeded' });
    expect(states).to.include({ more: 'skipped', 'more/clean': 'skipped' });
  });

  it('may be within others, also without anything before it', async () => {
    const ran = await serve((step) => step);

    const added = await workers.producer.addWorkflow(({ job, workflow }) => {
      const outer = workflow('outer', (inner) => {
        const a = inner.job('a', part(), {});
        const deep = inner.workflow('inner', payment, { after: [a] });
        inner.job('b', part(), {}, { after: [deep] });
      });
      job('end', part(), {}, { after: [outer], reads: [outer] });
    });

    const { states, workflows } = await untilOver(added);
    expect(states).to.include({ outer: 'succeeded', 'outer/inner': 'succeeded', end: 'succeeded' });
    expect(ran['outer/inner/pay']).to.deep.equal({ '../a': 'outer/a' });
    expect(ran['outer/b']).to.include({ 'inner/pay': 'outer/inner/pay' });
    expect(workflows?.map(({ name, within, after }) => [name, within, after])).to.deep.equal([
      ['outer/inner', 'outer', ['outer/a']],
      ['outer', null, []],
    ]);
  });

  it('goes on when what failed within it is retried', async () => {
    let isBroken = true;
    await serve((step) => {
      if (step === 'payment/pay' && isBroken) throw new Error('no luck');
    });
    const added = await workers.producer.addWorkflow(order);
    expect((await untilOver(added)).states).to.include({ payment: 'failed', send: 'skipped' });

    isBroken = false;
    expect(await inspector.workflows.retry(added.queue, added.id)).to.deep.equal(['payment/pay']);

    const over = await untilOver(added);
    expect(over).to.include({ state: 'succeeded' });
    expect(over.states).to.include({ payment: 'succeeded', send: 'succeeded', 'payment/tell': 'succeeded' });
  });

  it('runs again as a whole, or from a step of it', async () => {
    await serve();
    const added = await workers.producer.addWorkflow(order);
    await untilOver(added);

    const again = await inspector.workflows.rerun(added.queue, added.id, 'payment');

    expect(again.done && again.steps.toSorted()).to.deep.equal([
      ...['payment/clean', 'payment/pay', 'payment/refund', 'payment/tell', 'send', 'sorry'],
    ]);
    expect((await untilOver(added)).states).to.include({ payment: 'succeeded', send: 'succeeded' });
    const tell = await inspector.workflows.rerun(added.queue, added.id, 'payment/tell');
    expect(tell.done && tell.steps.toSorted()).to.deep.equal([
      ...['payment/clean', 'payment/refund', 'payment/tell', 'send', 'sorry'],
    ]);
    expect(await untilOver(added)).to.include({ state: 'succeeded', total: 7, open: 0, failed: 0 });
  });

  it('is added by a handler, and waited for by what comes after that', async () => {
    const ran = await serve(async (step, ctx) => {
      if (step === 'list') {
        const added = await ctx.spawnWorkflow('more', payment);
        expect(added.name).to.equal('list/more');
        expect(Object.keys(added.jobs)).to.deep.equal(['pay', 'tell', 'refund', 'clean']);
        await ctx.spawn('page', part(), {});
      }
      if (step === 'list/more/tell') await ctx.spawn('x', part(), {});
      return step;
    });
    const added = await workers.producer.addWorkflow(({ job }) => {
      const first = job('first', part(), {});
      const list = job('list', part(), {}, { after: [first] });
      job('end', part(), {}, { after: [list] });
    });

    const over = await untilOver(added);
    expect(over).to.include({ state: 'succeeded', total: 9, open: 0, failed: 0 });
    expect(over.states).to.include({ 'list/more': 'succeeded', 'list/more/refund': 'skipped' });
    expect(ran['list/more/tell']).to.include({
      pay: 'list/more/pay',
      '../list': 'list',
      '../first': 'first',
    });
    expect(ran['end']).to.include({
      list: 'list',
      'list/more/pay': 'list/more/pay',
      'list/page': 'list/page',
    });
    expect(ran['list/more/clean']).to.include({ tell: 'list/more/tell' });
    expect(over.workflows?.[0]).to.deep.include({ name: 'list/more', addedBy: 'list', within: null });
    expect(over.steps?.find(({ name }) => name === 'list/more/tell/x')).to.deep.include({
      ...{ addedBy: 'list/more/tell', within: 'list/more' },
    });

    const again = await inspector.workflows.rerun(added.queue, added.id, 'list');
    expect(again).to.deep.equal({ done: true, steps: ['list', 'end'] });
    expect(await untilOver(added)).to.include({ state: 'succeeded', total: 9, open: 0, failed: 0 });
  });

  it('has failed for what comes after the step that has added it, when a step of it has', async () => {
    await serve(async (step, ctx) => {
      if (step === 'list') await ctx.spawnWorkflow('more', payment);
      if (step === 'list/more/pay') throw new Error('no luck');
    });
    const added = await workers.producer.addWorkflow(({ job }) => {
      const list = job('list', part(), {});
      job('end', part(), {}, { after: [list] });
      job('sorry', part(), {}, { after: [list], when: 'failed' });
    });

    const { states } = await untilOver(added);

    expect(states).to.include({ 'list/more': 'failed', end: 'skipped', sorry: 'succeeded' });
    expect(states).to.include({ 'list/more/clean': 'succeeded', 'list/more/tell': 'skipped' });
  });

  it('says of a step of one that has not started what that waits for', async () => {
    const { queue, jobs } = await workers.producer.addWorkflow(order);

    const [reason] = await inspector.why(queue, jobs['payment/pay']?.id ?? '');
    const [last] = await inspector.why(queue, jobs['send']?.id ?? '');

    expect(reason).to.include({ reason: 'awaits-steps', step: 'payment/pay', pending: 1 });
    expect(reason?.text).to.match(/these have succeeded: check$/);
    expect(last?.text).to.match(/these have succeeded: payment$/);
  });

  it('is cancelled with the rest', async () => {
    const added = await workers.producer.addWorkflow(order);

    expect(await inspector.workflows.cancel(added.queue, added.id, 'ops')).to.equal(1);

    const { states } = await untilOver(added);
    expect(states).to.include({ payment: 'skipped', 'payment/clean': 'skipped', send: 'skipped' });
  });

  it('is stored whole, also over several calls, and is the same when it is added again', async () => {
    const wide = ({ workflow }: WorkflowBuilder) => {
      for (let n = 0; n < 200; n++) workflow(`w${n}`, ({ job }) => void job('a', part(), {}));
    };

    const added = await workers.producer.addWorkflow(wide, { id: 'wide' });
    const again = await workers.producer.addWorkflow(wide, { id: 'wide' });

    expect([added.created, again.created]).to.deep.equal([true, false]);
    expect(again.jobs).to.deep.equal(added.jobs);
    expect(await inspector.workflow('wide')).to.include({
      state: 'running',
      total: 200,
      added: 200,
      open: 200,
    });
  });

  const refused = async (text: RegExp, describe: (builder: WorkflowBuilder) => void) => {
    const error = await workers.producer.addWorkflow(describe).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Error).with.property('code', 'JOB_INVALID');
    expect(error).to.have.property('message').that.matches(text);
    expect(await workers.client.keys(`bq:${workers.queue}:*`)).to.deep.equal([]);
  };

  it('is refused without a step', () =>
    refused(
      /^payment\/steps must not be empty/,
      ({ workflow }) => void workflow('payment', () => undefined),
    ));

  it('is refused when an async function describes it', () =>
    refused(/steps.payment must be described at once/, ({ workflow }) => {
      workflow('payment', async () => {
        await Promise.reject(new Error('nobody waits for this'));
      });
    }));

  it('is refused under a name that a step has', () =>
    refused(/steps.payment is there twice/, ({ job, workflow }) => {
      job('payment', part(), {});
      workflow('payment', payment);
    }));

  it('is refused beyond ten of them within each other', () =>
    refused(/is nested too deep: at most 10/, ({ workflow }) => {
      const deeper = (builder: WorkflowBuilder): void => void builder.workflow('w', deeper);
      workflow('w', deeper);
    }));

  it('refuses steps of the workflow around it, and to be described by that', async () => {
    await refused(/steps.w\/b.after must be what/, ({ job, workflow }) => {
      const a = job('a', part(), {});
      workflow('w', (inner) => void inner.job('b', part(), {}, { after: [a] }));
    });
    await refused(/are added by what its own function is given/, ({ job, workflow }) => {
      workflow('w', () => void job('b', part(), {}));
    });
  });

  it('is refused with an option that only a step has', () =>
    refused(/steps.w.retries is unknown/, ({ job, workflow }) => {
      const a = job('a', part(), {});
      // What no compiler lets through.
      workflow('w', payment, { after: [a], retries: 3 } as { after: (typeof a)[] });
    }));
});
