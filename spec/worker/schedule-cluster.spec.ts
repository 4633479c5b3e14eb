import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import { schedule } from '../../lib/jobs/schedule.ts';
import { createInspector, createWorker } from '../../lib/open.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;

describe('schedules in a Redis Cluster', function () {
  this.timeout(SPEC_LIMIT_MS);
  let cluster: SpecCluster;

  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  it('fire, whichever node their queues are on, and are found on all', async () => {
    const redis = cluster.url;
    const definitions = Array.from({ length: 4 }, () =>
      defineJob({ type: testQueueName(), queue: testQueueName(), schema: z.number() }),
    );
    const contexts: JobContext[] = [];
    const worker = createWorker({
      redis,
      handlers: definitions.map((one) => handle(one, (_data, ctx) => void contexts.push(ctx))),
      schedules: definitions.map((one, at) =>
        schedule(one, {
          name: 'tidy',
          everyMs: 1_000,
          data: 1,
          options: at % 2 ? { unique: { key: 'k' } } : {},
        }),
      ),
    });
    const inspector = createInspector({ redis });
    await worker.start();

    const haveRun = () => new Set(contexts.map(({ queue }) => queue)).size === definitions.length;
    await until(haveRun, 'one of each ran');

    const listed = await inspector.schedules.list();
    const removed = await Promise.all(
      listed.map(({ queue, name }) => inspector.schedules.remove(queue, name)),
    );
    await worker.stop();
    await inspector.close();
    expect(contexts.every((ctx) => ctx.schedule?.name === 'tidy')).to.equal(true);
    expect(listed.map(({ queue }) => queue)).to.have.members(definitions.map(({ queue }) => queue));
    expect(removed).to.deep.equal(definitions.map(() => true));
  });
});
