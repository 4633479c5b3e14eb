import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { parseRecord } from '../../lib/engine/record/record.ts';
import { Inspector, type WorkflowInfo } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { WorkflowBuilder } from '../../lib/jobs/workflow-builder.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('a workflow over several slots of a cluster', () => {
  let cluster: SpecCluster;
  let workers: SpecWorkers;
  let inspector: Inspector;
  /** What ran, by the names of steps, with what it was given. */
  const ran: [step: string, results: Readonly<Record<string, unknown>>][] = [];
  let names: [home: string, other: string, third: string];

  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());
  beforeEach(() => {
    workers = openWorkers(cluster.url);
    inspector = new Inspector({ client: workers.client });
    names = [testQueueName(), testQueueName(), testQueueName()];
    ran.splice(0);
  });
  afterEach(() => workers.close());

  const kindsOf = () => names.map((queue) => defineJob({ type: `in.${queue}`, queue, schema, retries: 0 }));
  const schema = z.object({ fails: z.boolean().optional() });
  const stepsRun = () => ran.map(([step]) => step);

  async function open(
    also: (ctx: JobContext) => Promise<unknown> = async () => undefined,
    queues: readonly string[] = names,
  ): Promise<void> {
    const run = async ({ fails }: { fails?: boolean | undefined }, ctx: JobContext) => {
      ran.push([ctx.workflow?.step ?? '', { ...ctx.results }]);
      await also(ctx);
      if (fails && stepsRun().filter((step) => step === ctx.workflow?.step).length === 1)
        throw new Error('no luck');
      return `of ${ctx.workflow?.step}`;
    };
    const handlers = kindsOf().flatMap((kind) => (queues.includes(kind.queue) ? [handle(kind, run)] : []));
    await workers.worker({ handlers, queues: queues.map((name) => ({ name, weight: 1 })) }).start();
  }

  const flowOf = (id: string) => inspector.workflows.get(names[0], id);
  const untilOver = (id: string, state: WorkflowInfo['state']) =>
    until(async () => (await flowOf(id))?.state === state, `the workflow has ${state}`);

  it('carries ends and starts from slot to slot, with the results', async () => {
    await open();
    const [here, there, third] = kindsOf();
    if (!here || !there || !third) throw new Error('there are three');

    const added = await workers.producer.addWorkflow(({ job }) => {
      const a = job('a', here, {});
      const b = job('b', there, {}, { after: [a] });
      const c = job('c', third, {}, { after: [a] });
      const d = job('d', there, {}, { after: [b, c] });
      job('e', here, {}, { after: [d] });
      job('root', third, {});
    });
    await untilOver(added.id, 'succeeded');

    expect(added).to.include({ queue: names[0], created: true });
    expect(stepsRun().sort()).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'root']);
    const last = ran.find(([step]) => step === 'e');
    expect(last?.[1]).to.deep.equal({ a: 'of a', b: 'of b', c: 'of c', d: 'of d' });
    expect((await flowOf(added.id))?.steps.map(({ state, queue }) => [state, queue])).to.deep.equal(
      [here, there, third, there, here, third].map(({ queue }) => ['succeeded', queue]),
    );
    for (const name of names) {
      const keys = queueKeys('bq', name, true);
      expect(await workers.client.exists(keys.steps)).to.equal(0);
    }
  });

  it('skips, stops and makes up for a failure in another slot; goes on once that is retried', async () => {
    await open();
    const [here, there, third] = kindsOf();
    if (!here || !there || !third) throw new Error('there are three');

    const { id } = await workers.producer.addWorkflow(({ job }) => {
      const a = job('a', here, {});
      const b = job('b', there, { fails: true }, { after: [a] });
      job('c', third, {}, { after: [b] });
      job('undo', third, {}, { after: [b], when: 'failed' });
      job('end', here, {}, { after: [b], when: 'ended' });
    });
    await untilOver(id, 'failed');
    expect(stepsRun().sort()).to.deep.equal(['a', 'b', 'end', 'undo']);
    expect(await flowOf(id)).to.include({ failed: 1, retryable: 1 });

    expect(await inspector.workflows.retry(names[0], id)).to.deep.equal(['b']);
    await untilOver(id, 'succeeded');
    expect(stepsRun().sort()).to.deep.equal(['a', 'b', 'b', 'c', 'end', 'undo']);
  });

  it('adds steps to other slots while it runs, also from there, and what comes after waits for them', async () => {
    const kinds = kindsOf();
    const [here, there, third] = kinds;
    if (!here || !there || !third) throw new Error('there are three');
    await open(async (ctx) => {
      if (ctx.workflow?.step === 'list')
        for (const kind of kinds) await ctx.spawn(`x-${kind.queue}`, kind, {});
      if (ctx.workflow?.step === `list/x-${names[1]}`) await ctx.spawn('more', third, {});
    });

    const { id } = await workers.producer.addWorkflow(({ job }) => {
      const list = job('list', here, {});
      job('sum', here, {}, { after: [list] });
    });
    await untilOver(id, 'succeeded');

    const children = [...names.map((name) => `list/x-${name}`), `list/x-${names[1]}/more`];
    expect(stepsRun().slice(1, -1).sort()).to.deep.equal(children.toSorted());
    const [sum, results] = ran.at(-1) ?? [];
    expect(sum).to.equal('sum');
    expect(results).to.include.keys(children);
  });

  /** A part of workflows whose steps are in three slots. */
  const payment =
    (fails = false) =>
    ({ job }: WorkflowBuilder) => {
      const [here, there, third] = kindsOf();
      if (!here || !there || !third) throw new Error('there are three');
      const pay = job('pay', there, {});
      const tell = job('tell', third, { fails }, { after: [pay] });
      job('refund', there, {}, { after: [tell], when: 'failed' });
      job('clean', here, {}, { after: [pay, tell], when: 'ended' });
    };

  it('has parts that go over several slots, and waits for all of each, also when it is retried or run again', async () => {
    await open();
    const [here, there] = kindsOf();
    if (!here || !there) throw new Error('there are three');
    const { id } = await workers.producer.addWorkflow(({ job, workflow }) => {
      const check = job('check', here, {});
      const paid = workflow('payment', payment(true), { after: [check] });
      job('send', there, {}, { after: [paid] });
      job('sorry', here, {}, { after: [paid], when: 'failed' });
    });
    const partOf = async () => (await flowOf(id))?.workflows.map(({ name, state }) => [name, state]);
    const first = ['check', 'payment/pay', 'payment/tell', 'payment/refund', 'payment/clean', 'sorry'];

    await untilOver(id, 'failed');
    expect(stepsRun().sort()).to.deep.equal(first.toSorted());
    expect(await partOf()).to.deep.equal([['payment', 'failed']]);
    expect(ran.find(([step]) => step === 'payment/tell')?.[1]).to.include.keys('pay', '../check');

    await inspector.workflows.retry(names[0], id);
    await untilOver(id, 'succeeded');
    expect(stepsRun().slice(first.length)).to.deep.equal(['payment/tell', 'send']);
    expect(await partOf()).to.deep.equal([['payment', 'succeeded']]);
    expect(ran.at(-1)?.[1]).to.include.keys('check', 'payment/pay', 'payment/tell');

    const before = ran.length;
    const runAgain = () => stepsRun().slice(before);
    expect((await inspector.workflows.rerun(names[0], id, 'payment')).done).to.equal(true);
    await until(async () => runAgain().includes('send'), 'what comes after the part has run again');
    await untilOver(id, 'succeeded');
    expect(runAgain()).to.deep.equal(['payment/pay', 'payment/tell', 'payment/clean', 'send']);
  });

  for (const adder of [0, 1] as const)
    it(`waits for a part over several slots that is added ${['at home', 'in another slot'][adder]}`, async () => {
      await open(async (ctx) => {
        if (ctx.workflow?.step === 'list') await ctx.spawnWorkflow('more', payment());
      });
      const kinds = kindsOf();
      const [here, adding] = [kinds[0], kinds[adder]];
      if (!here || !adding) throw new Error('there are three');
      const { id } = await workers.producer.addWorkflow(({ job }) => {
        const first = job('first', here, {});
        const list = job('list', adding, {}, { after: [first] });
        job('sum', here, {}, { after: [list] });
      });
      await untilOver(id, 'succeeded');

      const more = ['list/more/pay', 'list/more/tell', 'list/more/clean'];
      expect(stepsRun()).to.deep.equal(['first', 'list', ...more, 'sum']);
      expect(ran.at(-1)?.[1]).to.include.keys('list', ...more);
      expect((await flowOf(id))?.workflows).to.have.length(1);
      for (const name of names)
        expect(await workers.client.exists(queueKeys('bq', name, true).steps)).to.equal(0);
      // By this who ends it carries at once.
      const last = (await flowOf(id))?.steps.find(({ name }) => name === 'list/more/clean');
      const record = await workers.client.hget(queueKeys('bq', names[0], true).jobs, last?.id ?? '');
      expect(parseRecord(record ?? '')?.options.links?.flow).to.include({ isSpread: true });
    });

  it('is cancelled with what runs in other slots, and can be run again from a step there', async () => {
    await open(undefined, [names[0]]);
    const [here, there] = kindsOf();
    if (!here || !there) throw new Error('there are three');
    const { id, jobs } = await workers.producer.addWorkflow(({ job }) => {
      const a = job('a', here, {});
      const b = job('b', there, {}, { after: [a] });
      job('c', here, {}, { after: [b] });
    });
    const stateOfB = async () => (await inspector.job(names[1], jobs['b']?.id ?? ''))?.state;
    await until(async () => (await stateOfB()) === 'waiting', 'b waits in its queue');

    expect(await inspector.workflows.cancel(names[0], id, 'ops')).to.equal(1);

    expect(await stateOfB()).to.equal('failed');
    expect(await flowOf(id)).to.include({ state: 'cancelled', open: 0, failed: 1 });
    expect(await inspector.workflows.rerun(names[0], id, 'b')).to.deep.equal({
      done: true,
      steps: ['b', 'c'],
    });
    await open(undefined, [names[1]]);
    await untilOver(id, 'succeeded');
    expect(stepsRun()).to.deep.equal(['a', 'b', 'c']);
  });

  it('starts nothing after its deadline, in whichever slot', async () => {
    await open();
    const [here, there] = kindsOf();
    if (!here || !there) throw new Error('there are three');
    const deadlineAt = systemClock.now() + 300;
    const { id, jobs } = await workers.producer.addWorkflow(
      ({ job }) => {
        const first = job('first', here, {}, { delayMs: 60_000 });
        const a = job('a', there, {}, { delayMs: 60_000 });
        job('b', here, {}, { after: [a, first], when: 'ended' });
      },
      { deadlineAt },
    );
    await until(() => systemClock.now() > deadlineAt, 'the deadline is over');
    for (const name of ['first', 'a']) {
      const { queue, id: job } = jobs[name] ?? { queue: '', id: '' };
      await until(async () => (await inspector.promote(queue, job)).done, 'its job is there, and due');
    }
    await untilOver(id, 'expired');
    expect(stepsRun()).to.deep.equal([]);
  });

  it('goes on when a job of it is removed in another slot, or its queue deleted', async () => {
    await open(undefined, [names[0]]);
    const [here, there, third] = kindsOf();
    if (!here || !there || !third) throw new Error('there are three');
    const { id, jobs } = await workers.producer.addWorkflow(({ job }) => {
      const first = job('first', here, {});
      const a = job('a', there, {}, { after: [first] });
      const b = job('b', third, {}, { after: [first] });
      job('c', here, {}, { after: [a, b], when: 'ended' });
    });
    const isThere = async (name: string, queue: string) =>
      (await inspector.job(queue, jobs[name]?.id ?? '')) !== null;
    await until(async () => (await isThere('a', names[1])) && (await isThere('b', names[2])), 'both wait');

    await inspector.remove(names[1], jobs['a']?.id ?? '');
    await inspector.deleteQueue(names[2], { force: true });
    await open(undefined, [names[1]]);

    await untilOver(id, 'failed');
    expect(stepsRun()).to.deep.equal(['first', 'c']);
    expect(await flowOf(id)).to.include({ failed: 2 });
  });

  it('knows a job that is none of its steps beside those that are', async () => {
    const [here, there] = kindsOf();
    if (!here || !there) throw new Error('there are three');
    for (const kind of [here, there]) {
      await workers.producer.addWorkflow(({ job }) => void job('a', kind, {}, { delayMs: 60_000 }));
      const { id } = await workers.producer.add(kind, {});
      expect(await inspector.remove(kind.queue, id)).to.equal('waiting');
    }
  });
});
