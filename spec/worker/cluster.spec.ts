import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { takeSample } from '../../lib/engine/queries/samples.ts';
import { defineScripts } from '../../lib/engine/scripts.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createInspector, createProducer, createWorker } from '../../lib/open.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { untilFinished } from '../../lib/testing/index.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { patiently } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;

describe('a worker in a Redis Cluster', function () {
  this.timeout(SPEC_LIMIT_MS);
  let cluster: SpecCluster;

  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  it('runs, retries and delays jobs, whichever node they are on', async () => {
    const redis = cluster.url;
    const definitions = Array.from({ length: 6 }, () =>
      defineJob({
        type: testQueueName(),
        queue: testQueueName(),
        schema: z.number(),
        backoff: { type: 'fixed', delayMs: 10 },
      }),
    );
    const handlers = definitions.map((definition) =>
      handle(definition, (n, { attempt }) => {
        if (attempt === 1) throw new Error('not yet');
        return n * 2;
      }),
    );
    const producer = createProducer({ redis });
    const inspector = createInspector({ redis });
    const worker = createWorker({ redis, handlers });
    await worker.start();

    const added = await Promise.all(
      definitions.map((definition) => producer.add(definition, 21, { delayMs: 20 })),
    );
    const ended = await Promise.all(
      added.map(({ queue, id }) => untilFinished(inspector, queue, id, { timeoutMs: patiently(20_000) })),
    );
    await worker.stop();
    await Promise.all([producer.close(), inspector.close()]);

    expect(ended.map(({ outcome, attempts, result }) => [outcome, attempts, result])).to.deep.equal(
      definitions.map(() => ['succeeded', 2, 42]),
    );
  });

  it('takes note of how a queue stands, as on one server', async () => {
    const queue = testQueueName();
    const client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
    const producer = createProducer({ redis: cluster.url });
    const inspector = createInspector({ redis: cluster.url });
    await producer.addRaw({ type: 'job', queue, data: 1, options: {} });
    defineScripts(client);

    expect(await takeSample({ client, keys: queueKeys('bq', queue, true) })).to.equal(true);

    expect(await inspector.rates(queue)).to.deep.equal({ inPerMin: null, outPerMin: null, minutes: [] });
    expect(await inspector.deleteQueue(queue, { force: true })).to.equal(true);
    await Promise.all([producer.close(), inspector.close(), closeClient(client)]);
  });
});
