import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('jobs that are tied together, in a cluster', () => {
  let cluster: SpecCluster;
  let workers: SpecWorkers;
  let inspector: Inspector;

  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());
  beforeEach(() => {
    workers = openWorkers(cluster.url);
    inspector = new Inspector({ client: workers.client });
  });
  afterEach(() => workers.close());

  const kind = (type: string, queue: string) => defineJob({ type, queue, schema: z.object({}), retries: 0 });

  it('follow, chain and batch within a queue, whichever node has it', async () => {
    for (const queue of Array.from({ length: 4 }, testQueueName)) {
      const [step, added, last] = [kind('step', queue), kind('added', queue), kind('last', queue)];
      const ran: string[] = [];
      const handlers = [
        handle(step, async (_data, ctx) => {
          await ctx.once('k', () => 1);
          await ctx.fencingNumber();
          await ctx.follow(added, {});
          ran.push('step');
        }),
        handle(added, () => void ran.push('added')),
        handle(last, () => void ran.push('last')),
      ];
      await workers.worker({ handlers, queues: [{ name: queue, weight: 1 }] }).start();

      await workers.producer.addChain([jobFor(step, {}), jobFor(step, {})]);
      const { id } = await workers.producer.addBatch({ jobs: [jobFor(step, {})], last: jobFor(last, {}) });

      await until(() => ran.length === 7, 'all have run');
      expect(ran.sort()).to.deep.equal(['added', 'added', 'added', 'last', 'step', 'step', 'step']);
      expect(await inspector.batches.get(queue, id)).to.include({ state: 'done', succeeded: 1 });
    }
  });

  it('leave nothing behind when their queue is deleted, whichever node has it', async () => {
    for (const queue of Array.from({ length: 4 }, testQueueName)) {
      const step = kind('step', queue);
      const { id } = await workers.producer.addBatch({ jobs: [jobFor(step, {})], last: jobFor(step, {}) });

      await inspector.deleteQueue(queue, { force: true });

      expect(await inspector.batches.get(queue, id)).to.equal(null);
      expect(await inspector.batches.list(queue)).to.deep.equal([]);
    }
  });

  it('are steps of a workflow within a queue, whichever node has it, and leave nothing behind', async () => {
    for (const queue of Array.from({ length: 4 }, testQueueName)) {
      const step = kind('step', queue);
      const run = async (_data: unknown, ctx: JobContext) => {
        if (ctx.workflow?.step === 'a') await ctx.spawn('more', step, {});
      };
      await workers.worker({ handlers: [handle(step, run)], queues: [{ name: queue, weight: 1 }] }).start();

      const { id } = await workers.producer.addWorkflow(({ job }) => {
        const a = job('a', step, {});
        job('b', step, {}, { after: [a] });
      });

      const flow = () => inspector.workflows.get(queue, id);
      await until(async () => (await flow())?.state === 'succeeded', 'the workflow is over');
      expect(await inspector.workflow(id)).to.include({ queue, total: 3, open: 0 });
      await inspector.deleteQueue(queue, { force: true });
      expect(await flow()).to.equal(null);
    }
  });

  it('are refused in another queue, with the names of both', async () => {
    const [here, there] = [kind('here', workers.queue), kind('there', testQueueName())];
    const jobs = [jobFor(here, {}), jobFor(there, {})];
    const refusals = await Promise.all([
      workers.producer.addChain(jobs).catch((error) => error),
      workers.producer
        .addBatch({ jobs: [jobFor(here, {})], last: jobFor(there, {}) })
        .catch((error) => error),
    ]);

    for (const error of refusals) {
      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error.message).to.include(here.queue).and.include(there.queue).and.include('Cluster');
    }
  });

  it('are refused in another queue when a handler wants them to follow', async () => {
    const there = kind('there', testQueueName());
    let refused: unknown = null;
    const handler = workers.handler(async (_data, ctx) => {
      refused = await ctx.follow(there, {}).catch((error: unknown) => error);
    });
    await workers.worker({ handlers: [handler] }).start();

    await workers.add({});

    await until(() => refused !== null, 'it was refused');
    expect(refused).to.include({ code: 'JOB_INVALID' });
    expect(String(refused)).to.include(there.queue);
  });
});
