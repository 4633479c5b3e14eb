import { expect } from 'chai';
import { z } from 'zod';
import { RetryAfter, RetryLater } from '../../lib/errors.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import type { WorkerEvents } from '../../lib/worker/events.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** Everything a worker tells, in order. */
function listen(worker: Worker): { name: string; facts: Record<string, unknown> }[] {
  const told: { name: string; facts: Record<string, unknown> }[] = [];
  const names: (keyof WorkerEvents)[] = [
    'job:started',
    'job:succeeded',
    'job:retried',
    'job:failed',
    'job:snoozed',
    'job:interrupted',
    'job:fenced',
  ];
  for (const name of names)
    worker.events.on(name, (facts: object) => told.push({ name, facts: { ...facts } }));
  return told;
}

describe('Worker', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  const succeeded = (count: number, queue?: string) => async (): Promise<boolean> =>
    (await specs.queries(queue).counts()).succeeded === count;
  const job = async (id: string | undefined) => specs.queries().job(id ?? '');

  it('runs what waits, and stores what the handler returned', async () => {
    const worker = specs.worker({ handlers: [specs.handler((n: number) => ({ doubled: n * 2 }))] });
    const [id] = await specs.add(4);

    await worker.start();

    await until(succeeded(1), 'the job succeeded');
    const stored = (await job(id))?.record;
    expect(stored?.options).to.deep.include({ result: { doubled: 8 } });
    expect(stored?.options.run?.[0]).to.equal(1);
  });

  it('runs what is added while it waits', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await worker.start();
    await specs.add('first');
    await until(succeeded(1), 'the first succeeded');

    await specs.add('second');

    await until(succeeded(2), 'the second succeeded');
  });

  it('runs a delayed job when it is due', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await worker.start();
    const definition = defineJob({ type: 'job', queue: specs.queue, schema: z.any() });

    await specs.producer.add(definition, 1, { delayMs: 20 });

    await until(succeeded(1), 'it succeeded');
  });

  it('retries at the time the back-off gives, and counts the attempts', async () => {
    const attempts: number[] = [];
    const definition = defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.any(),
      retries: 2,
      backoff: { type: 'fixed', delayMs: 5 },
    });
    const handler = handle(definition, (_, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error(`failure ${attempt}`);
    });
    const worker = specs.worker({ handlers: [handler] });
    await worker.start();

    const { id } = await specs.producer.add(definition, 1);

    await until(succeeded(1), 'it succeeded');
    expect(attempts).to.deep.equal([1, 2, 3]);
    expect((await job(id))?.record.options.errors?.map(({ message }) => message)).to.deep.equal([
      'failure 2',
      'failure 1',
    ]);
  });

  it('runs a job again that asked to be run later, without spending an attempt', async () => {
    const attempts: number[] = [];
    const handler = specs.handler((_: unknown, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length < 3) throw new RetryLater(1);
    });
    const worker = specs.worker({ handlers: [handler] });
    await specs.add(1);

    await worker.start();

    await until(succeeded(1), 'it succeeded');
    expect(attempts).to.deep.equal([1, 1, 1]);
  });

  it('waits as long as RetryAfter says', async () => {
    const definition = defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.any(),
      backoff: { type: 'fixed', delayMs: 0 },
    });
    const handler = handle(definition, () => {
      throw new RetryAfter('busy', 3_600_000);
    });
    await specs.worker({ handlers: [handler] }).start();

    const { id } = await specs.producer.add(definition, 1);

    await until(async () => (await job(id))?.state === 'delayed', 'it was delayed');
    const dueAt = (await job(id))?.dueAt ?? 0;
    expect(dueAt - Date.now()).to.be.within(3_500_000, 3_700_000);
  });

  it('fails a job at once for which it has no handler', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    const unknown = { type: 'unheard.of', queue: specs.queue, data: 1, options: { retries: 5 } };
    const { id } = await specs.producer.addRaw(unknown);

    await worker.start();

    await until(async () => (await job(id))?.state === 'failed', 'it failed');
    expect((await job(id))?.record.options.errors?.[0]?.message).to.include('unheard.of');
  });

  it('refuses two handlers for one type', () => {
    const twice = [specs.handler(() => 1), specs.handler(() => 2)];

    expect(() => specs.worker({ handlers: twice })).to.throw(/two handlers for job type job/);
  });

  it('never runs more at a time than it may, over all its queues', async () => {
    const other = testQueueName();
    let [running, most] = [0, 0];
    const handler = specs.handler(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    const queues = [specs.queue, other].map((name) => ({ name, weight: 1 }));
    const worker = specs.worker({ handlers: [handler], queues, concurrency: 3 });
    await specs.add(...Array.from({ length: 200 }, (_, at) => at));
    const inOther = defineJob({ type: 'job', queue: other, schema: z.any() });
    await specs.producer.addMany(
      inOther,
      Array.from({ length: 200 }, (_, at) => at),
    );

    await worker.start();

    await until(succeeded(200), 'one queue was done');
    await until(succeeded(200, other), 'the other was done');
    expect(most).to.equal(3);
  });

  describe('with several queues', () => {
    const names: string[] = [];
    let started: string[];
    beforeEach(async () => {
      names.splice(0, 2, testQueueName(), testQueueName());
      started = [];
      for (const queue of names) {
        const definition = defineJob({ type: 'job', queue, schema: z.any() });
        await specs.producer.addMany(
          definition,
          Array.from({ length: 200 }, () => queue),
        );
      }
    });
    const serve = async (weights: number[], strictPriority: boolean): Promise<void> => {
      const handler = specs.handler(async (queue: string) => {
        started.push(queue);
        await new Promise((resolve) => setImmediate(resolve));
      });
      const queues = names.map((name, at) => ({ name, weight: weights[at] ?? 1 }));
      await specs.worker({ handlers: [handler], queues, strictPriority }).start();
      await until(() => started.length === 400, 'all were started');
    };

    it('shares its slots by weight', async () => {
      await serve([3, 1], false);

      const first = started.slice(0, 200).filter((queue) => queue === names[0]).length;
      // Of equal shares it would be 100, of strict ones 200. How soon either queue answers is up to the machine.
      expect(first).to.be.within(120, 180);
    });

    it('serves them strictly in their order when told', async () => {
      await serve([1, 100], true);

      expect(started.slice(0, 200).every((queue) => queue === names[0])).to.equal(true);
    });
  });

  it('takes nothing from a paused queue, and goes on when it is resumed', async () => {
    await specs.store().pause('spec', 1);
    const other = testQueueName();
    const inOther = defineJob({ type: 'job', queue: other, schema: z.any() });
    const queues = [specs.queue, other].map((name) => ({ name, weight: 1 }));
    const worker = specs.worker({ handlers: [specs.handler(() => 1)], queues });
    await specs.add(1);
    await worker.start();

    await specs.producer.add(inOther, 1);
    await until(succeeded(1, other), 'the other queue is served');
    expect(await specs.queries().counts()).to.include({ waiting: 1, succeeded: 0 });

    await specs.store().resume();
    await until(succeeded(1), 'it was resumed');
  });

  describe('events', () => {
    it('tell the life of a job, each after it is stored', async () => {
      const states: unknown[] = [];
      const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
      const told = listen(worker);
      worker.events.on('job:succeeded', async ({ id }) => states.push((await job(id))?.state));
      const [id] = await specs.add(1);

      await worker.start();

      await until(() => states.length > 0, 'it was told of');
      expect(states).to.deep.equal(['succeeded']);
      expect(told.map(({ name }) => name)).to.deep.equal(['job:started', 'job:succeeded']);
      expect(told[0]?.facts).to.include({ queue: specs.queue, type: 'job', id, attempt: 1 });
    });

    it('break nothing when a listener throws', async () => {
      const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
      for (const name of ['job:started', 'job:succeeded'] as const) {
        worker.events.on(name, () => {
          throw new Error('no luck');
        });
        worker.events.on(name, () => Promise.reject(new Error('no luck')));
      }
      await specs.add(...Array.from({ length: 20 }, (_, at) => at));

      await worker.start();

      await until(succeeded(20), 'all succeeded');
    });

    it('tell of a job that was removed while it ran', async () => {
      let end = (): void => {};
      const handler = specs.handler(
        () =>
          new Promise<void>((resolve) => {
            end = resolve;
          }),
      );
      const worker = specs.worker({ handlers: [handler] });
      const told = listen(worker);
      const [id = ''] = await specs.add(1);
      await worker.start();
      await until(() => worker.running === 1, 'it ran');

      await specs.store().remove(id);
      end();

      await until(() => told.some(({ name }) => name === 'job:fenced'), 'it was told of');
      expect(told.map(({ name }) => name)).to.deep.equal(['job:started', 'job:fenced']);
      expect(await job(id)).to.equal(null);
    });
  });

  it('is not brought down by a handler that puts into its data what cannot be JSON', async () => {
    const handler = specs.handler((data: { spoil?: unknown }) => {
      if ('spoil' in data) data.spoil = 10n;
    });
    const worker = specs.worker({ handlers: [handler] });
    await specs.add({ spoil: true }, {}, {});

    await worker.start();

    await until(succeeded(3), 'all succeeded');
  });
});
