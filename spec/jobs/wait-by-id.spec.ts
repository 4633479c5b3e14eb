import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import type { Producer } from '../../lib/jobs/producer.ts';
import { createProducer } from '../../lib/open.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const LONG = { timeoutMs: patiently(15_000) };

describe('Producer#waitFor, with the id alone', () => {
  let specs: SpecWorkers;
  let producer: Producer;

  beforeEach(async () => {
    specs = openWorkers();
    producer = createProducer({ redis: redisUrl() });
    await specs.worker({ handlers: [specs.handler(() => 'done')] }).start();
  });
  afterEach(async () => {
    await producer.close();
    await specs.close();
  });

  const job = () => defineJob({ type: 'job', queue: specs.queue, schema: z.any(), retries: 0 });

  it('finds a job in a queue that this producer has added to', async () => {
    const { id } = await producer.add(job(), 0);

    const finished = await producer.waitFor(id, LONG);

    expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
  });

  it('finds one that it has added under another name, without looking through all of Redis', async () => {
    const { client } = specs;
    const { id } = await producer.as('ada').add(job(), 0);
    await client.config('RESETSTAT');

    const finished = await producer.waitFor(id, LONG);

    expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
    expect(await client.info('commandstats')).not.to.contain('cmdstat_scan:');
  });

  it('finds a job that another producer added', async () => {
    await producer.add(defineJob({ type: 'other', queue: testQueueName(), schema: z.any() }), 0);
    const [id = ''] = await specs.add(0);

    const finished = await producer.waitFor(id, LONG);

    expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
  });

  it('finds it among many queues, without a warning', async () => {
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => warned.push(name);
    process.on('warning', onWarning);
    for (let count = 0; count < 30; count++) {
      await producer.add(defineJob({ type: 'other', queue: `${specs.queue}-${count}`, schema: z.any() }), 0);
    }
    const { id } = await producer.add(job(), 0);

    const finished = await producer.waitFor(id, LONG);

    process.off('warning', onWarning);
    expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
    expect(warned).to.deep.equal([]);
  });

  it('rejects when no queue has it', async () => {
    await producer.add(job(), 0);

    const error: unknown = await producer.waitFor('nobody', LONG).catch((thrown: unknown) => thrown);

    expect(error).to.include({ code: 'JOB_NOT_FOUND' });
  });
});
