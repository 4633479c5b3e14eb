import { expect } from 'chai';
import { z } from 'zod';
import { createInspector, createWorker, defineJob, handle, Queue, schedule } from '../lib/index.ts';
import { Producer } from '../lib/jobs/producer.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { redisUrl } from './support/redis.ts';
import { rejection } from './support/refusal.ts';
import { patiently } from './support/wait.ts';
import { openWorkers, type SpecWorkers } from './support/worker.ts';

const MIB = 1_048_576;
/** With its quotes one byte more than may be. */
const LARGE = 'x'.repeat(MIB - 1);
const FITS = 'x'.repeat(MIB - 2);

describe('the length of data at the doors beside a producer', () => {
  let rig: SpecWorkers;
  let producer: Producer;

  beforeEach(() => {
    rig = openWorkers();
    producer = new Producer({ client: rig.client });
  });
  afterEach(async () => {
    await producer.close();
    await rig.close();
  });

  const refused = async (call: Promise<unknown>, mostBytes = MIB): Promise<void> => {
    const error = await rejection(call);
    expect([error.code, error.problems.map(({ path }) => path)]).to.deep.equal(['DATA_TOO_LARGE', ['data']]);
    expect(error.message).to.contain(`of which ${mostBytes} may be`);
  };

  for (const [what, maxDataBytes] of [
    ['a mebibyte', undefined],
    ['what its worker was told', 10],
  ] as const) {
    it(`is bounded for what a handler lets follow, by ${what}`, async () => {
      const Next = defineJob({ type: 'next', queue: testQueueName(), schema: z.string() });
      const worker = createWorker({
        redis: redisUrl(),
        ...(maxDataBytes === undefined ? {} : { maxDataBytes }),
        queues: { [rig.queue]: 1 },
        handlers: [
          rig.handler(async (_data, ctx) => {
            const large = maxDataBytes === undefined ? LARGE : 'x'.repeat(9);
            await refused(ctx.follow(Next, large), maxDataBytes);
            await ctx.follow(Next, maxDataBytes === undefined ? FITS : 'x'.repeat(8));
            return 'refused';
          }),
        ],
      });
      await worker.start();
      const [id = ''] = await rig.add(1);
      const end = await producer.waitFor({ queue: rig.queue, id }, { timeoutMs: patiently(30_000) });
      await worker.stop();

      expect(end).to.include({ outcome: 'succeeded', result: 'refused' });
      expect(await rig.queries(Next.queue).counts()).to.include({ waiting: 1 });
    });
  }

  it('is bounded for schedules that a worker declares', async () => {
    const Text = defineJob({ type: 'text', queue: rig.queue, schema: z.string() });
    const declare = (maxDataBytes: number) =>
      createWorker({
        redis: redisUrl(),
        maxDataBytes,
        handlers: [handle(Text, () => null)],
        schedules: [schedule(Text, { name: 'daily', everyMs: 60_000, data: LARGE })],
      });
    const [small, large] = [declare(MIB), declare(2 * MIB)];

    await refused(small.start());
    await large.start();
    await Promise.all([small.stop(), large.stop()]);
  });

  it('is bounded where a job is given other data', async () => {
    const { id } = await producer.addRaw({
      type: 'raw',
      queue: rig.queue,
      data: 1,
      options: { delayMs: 60_000 },
    });
    const inspector = createInspector({ redis: redisUrl() });
    const wide = createInspector({ redis: redisUrl(), maxDataBytes: 2 * MIB });
    const dueAt = Date.now() + 120_000;

    await refused(inspector.updateData(rig.queue, id, LARGE));
    await refused(inspector.reschedule(rig.queue, id, { runAt: dueAt, data: LARGE }));
    expect((await inspector.job(rig.queue, id))?.data).to.equal(1);
    expect(await inspector.updateData(rig.queue, id, FITS)).to.deep.equal({ done: true });
    expect(await wide.updateData(rig.queue, id, LARGE)).to.deep.equal({ done: true });
    await Promise.all([inspector.close(), wide.close()]);
  });

  it('is bounded for jobs of a Queue, and nothing of those that are too long is stored', async () => {
    const queue = new Queue<string>(rig.queue, { redis: redisUrl(), isWorker: false });
    const wide = new Queue<string>(rig.queue, { redis: redisUrl(), isWorker: false, maxDataBytes: 2 * MIB });
    const long = queue.createJob(LARGE);

    await refused(queue.createJob(LARGE).save());
    expect([...(await queue.saveAll([long, queue.createJob(FITS)])).keys()]).to.deep.equal([long]);
    await refused(queue._evalScript('addJob', 0, '', JSON.stringify({ data: LARGE, options: {} })));
    expect(await rig.queries().counts()).to.include({ waiting: 1 });
    await wide.createJob(LARGE).save();
    expect(await rig.queries().counts()).to.include({ waiting: 2 });
    await Promise.all([queue.close(), wide.close()]);
  });
});
