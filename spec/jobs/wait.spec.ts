import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob } from '../../lib/errors.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import type { FinishedJob } from '../../lib/jobs/wait.ts';
import { createProducer } from '../../lib/open.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { uniqueQueueName } from '../support/queue.ts';
import { Gate, SpecQueues } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const LONG = { timeoutMs: 15_000 };
const failureOf = (waiting: Promise<unknown>): Promise<Error> =>
  waiting.then(
    () => expect.fail('it resolved'),
    (error) => error,
  );

describe('Producer#waitFor', () => {
  let specs: SpecWorkers;
  let producer: Producer;

  beforeEach(() => {
    specs = openWorkers();
    producer = createProducer({ redis: redisUrl() });
  });
  afterEach(async () => {
    await producer.close();
    await specs.close();
  });

  const job = (options: object = {}) =>
    defineJob({ type: 'job', queue: specs.queue, schema: z.any(), retries: 0, ...options });
  const work = (run: (data: never) => unknown): Promise<void> =>
    specs.worker({ handlers: [specs.handler(run)] }).start();
  /** A channel is listened to by as many as Redis says. */
  const listeners = async (): Promise<number> => {
    const reply = await specs.client.pubsub('NUMSUB', `bq:${specs.queue}:events`);
    return Number(reply[1]);
  };

  it('resolves with what the handler returned', async () => {
    await work((data) => ({ doubled: data * 2 }));
    const added = await producer.add(job(), 4);

    const finished = await producer.waitFor(added, LONG);

    expect(finished).to.deep.equal({
      id: added.id,
      queue: specs.queue,
      outcome: 'succeeded',
      result: { doubled: 8 },
    });
  });

  it('resolves with the same when the job had ended before', async () => {
    await work((data) => ({ doubled: data * 2 }));
    const added = await producer.add(job(), 4);
    const first = await producer.waitFor(added, LONG);

    const again = await producer.waitFor(added, LONG);

    expect(again).to.deep.equal(first);
  });

  it('resolves with null when the handler returned nothing', async () => {
    const gate = new Gate();
    await work(() => gate.pass());
    const added = await producer.add(job(), 0);
    const before = producer.waitFor(added, LONG);
    await until(async () => (await listeners()) === 1, 'it is waited for');

    gate.open();

    expect(await before).to.include({ outcome: 'succeeded', result: null });
    expect(await producer.waitFor(added, LONG)).to.include({ outcome: 'succeeded', result: null });
  });

  it('resolves with the last error of a job that failed, name and code too', async () => {
    await work(() => {
      throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    });
    const added = await producer.add(job(), 0);

    const finished = await producer.waitFor(added, LONG);

    expect(finished).to.deep.equal({
      id: added.id,
      queue: specs.queue,
      outcome: 'failed',
      error: { name: 'RangeError', message: 'too far', code: 'E_FAR' },
    });
  });

  it('tells a discarded job from a failed one', async () => {
    await work(() => {
      throw new DiscardJob('never');
    });
    const added = await producer.add(job(), 0);

    const finished = await producer.waitFor(added, LONG);

    expect(finished).to.deep.include({
      outcome: 'discarded',
      error: { name: 'DiscardJob', message: 'never' },
    });
  });

  it('waits through the retries', async () => {
    let attempts = 0;
    await work(() => {
      if (++attempts < 3) throw new Error('not yet');
      return attempts;
    });
    const added = await producer.add(job({ retries: 5, backoff: { type: 'fixed', delayMs: 1 } }), 0);

    const finished = await producer.waitFor(added, LONG);

    expect(finished).to.include({ outcome: 'succeeded', result: 3 });
  });

  it('misses none of hundreds that end before, while and after the wait begins', async () => {
    await work((data) => data);
    const added = await producer.addMany(
      job(),
      Array.from({ length: 600 }, (_, at) => at),
    );

    const waits: Promise<FinishedJob>[] = [];
    for (const one of added) {
      waits.push(producer.waitFor(one, LONG));
      // So that the waits begin while the worker is at work.
      if (waits.length % 20 === 0) await specs.client.ping();
    }
    const finished = await Promise.all(waits);

    const results = finished.map((one) => (one.outcome === 'succeeded' ? one.result : one.error));
    expect(results).to.deep.equal(added.map((_, at) => at));
  });

  it('misses none when each is waited for as soon as it is added', async () => {
    await work((data) => data);
    const definition = job();

    const results = await Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        const finished = await producer.waitFor(await producer.add(definition, at), LONG);
        return finished.outcome === 'succeeded' ? finished.result : finished.error;
      }),
    );

    expect(results).to.deep.equal(Array.from({ length: 300 }, (_, at) => at));
  });

  it('carries a thousand waits on one connection, and listens no more when they are over', async () => {
    const gate = new Gate();
    const added = await producer.addMany(job(), Array(1_000).fill(0));
    const { signal } = new AbortController();
    const waits = added.map((one) => producer.waitFor(one, { ...LONG, signal }));
    await until(async () => (await listeners()) > 0, 'they are waited for');
    const during = await listeners();
    gate.open();
    await specs.worker({ handlers: [specs.handler(() => gate.pass())], concurrency: 100 }).start();

    await Promise.all(waits);

    expect(during).to.equal(1);
    await until(async () => (await listeners()) === 0, 'nobody listens');
  });

  it('lets several wait for one job', async () => {
    await work(() => 'done');
    const added = await producer.add(job(), 0);

    const finished = await Promise.all([1, 2, 3].map(() => producer.waitFor(added, LONG)));

    expect(finished.map(({ outcome }) => outcome)).to.deep.equal(['succeeded', 'succeeded', 'succeeded']);
  });

  describe('with the id alone', () => {
    it('finds a job in a queue that this producer has added to', async () => {
      await work(() => 'done');
      const { id } = await producer.add(job(), 0);

      const finished = await producer.waitFor(id, LONG);

      expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
    });

    it('finds a job that another producer added', async () => {
      await work(() => 'done');
      await producer.add(defineJob({ type: 'other', queue: uniqueQueueName(), schema: z.any() }), 0);
      const [id = ''] = await specs.add(0);

      const finished = await producer.waitFor(id, LONG);

      expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
    });

    it('finds it among many queues, without a warning', async () => {
      const warned: string[] = [];
      const onWarning = ({ name }: Error) => warned.push(name);
      process.on('warning', onWarning);
      for (let count = 0; count < 30; count++) {
        await producer.add(
          defineJob({ type: 'other', queue: `${specs.queue}-${count}`, schema: z.any() }),
          0,
        );
      }
      await work(() => 'done');
      const { id } = await producer.add(job(), 0);

      const finished = await producer.waitFor(id, LONG);

      expect(finished).to.deep.include({ id, queue: specs.queue, outcome: 'succeeded' });
      process.off('warning', onWarning);
      expect(warned).to.deep.equal([]);
    });

    it('rejects when no queue has it', async () => {
      await producer.add(job(), 0);

      const error = await failureOf(producer.waitFor('nobody', LONG));

      expect(error).to.include({ code: 'JOB_NOT_FOUND' });
    });
  });

  it('rejects when the queue has no such job', async () => {
    const error = await failureOf(producer.waitFor({ id: 'nobody', queue: specs.queue }, LONG));

    expect(error).to.include({ code: 'JOB_NOT_FOUND' });
  });

  it('rejects when the job is removed while it is waited for', async () => {
    const added = await producer.add(job(), 0);
    const waiting = failureOf(producer.waitFor(added, LONG));
    await until(async () => (await listeners()) === 1, 'it is waited for');

    await specs.store().remove(added.id);

    expect(await waiting).to.include({ code: 'JOB_NOT_FOUND' });
  });

  it('rejects when the time is over, and leaves the job', async () => {
    const added = await producer.add(job(), 0);

    const error = await failureOf(producer.waitFor(added, { timeoutMs: 20 }));

    expect(error).to.include({ code: 'WAIT_TIMED_OUT' });
    expect(await specs.queries().counts()).to.include({ waiting: 1 });
    await until(async () => (await listeners()) === 0, 'nobody listens');
  });

  it('rejects with the reason of the signal, at once when it was aborted before', async () => {
    const added = await producer.add(job(), 0);
    const abort = new AbortController();
    const waiting = failureOf(producer.waitFor(added, { ...LONG, signal: abort.signal }));
    await until(async () => (await listeners()) === 1, 'it is waited for');

    abort.abort(new Error('enough'));

    expect(await waiting).to.have.property('message', 'enough');
    expect(await failureOf(producer.waitFor(added, { ...LONG, signal: abort.signal }))).to.equal(
      await waiting,
    );
  });

  it('rejects when the producer is closed, then and afterwards', async () => {
    const added = await producer.add(job(), 0);
    const waiting = failureOf(producer.waitFor(added, LONG));
    await until(async () => (await listeners()) === 1, 'it is waited for');

    await producer.close();

    expect(await waiting).to.include({ code: 'QUEUE_CLOSED' });
    expect(await listeners()).to.equal(0);
    expect(await failureOf(producer.waitFor(added, LONG))).to.include({ code: 'QUEUE_CLOSED' });
  });

  for (const timeoutMs of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 31]) {
    it(`refuses ${timeoutMs} as timeoutMs`, async () => {
      const error = await failureOf(producer.waitFor('1', { timeoutMs }));

      expect(error)
        .to.include({ code: 'JOB_INVALID' })
        .and.have.nested.property('problems[0].path', 'timeoutMs');
    });
  }

  for (const address of ['', { id: '', queue: 'mail' }, { id: '1', queue: '' }]) {
    it(`refuses ${JSON.stringify(address)} as job`, async () => {
      const error = await failureOf(producer.waitFor(address, LONG));

      expect(error).to.include({ code: 'JOB_INVALID' }).and.have.nested.property('problems[0].path', 'job');
    });
  }

  it('works over a client of the caller, and leaves it open', async () => {
    await work(() => 'done');
    const own = new Producer({ client: specs.client });
    const added = await own.add(job(), 0);

    const finished = await own.waitFor(added, LONG);
    await own.close();

    expect(finished).to.include({ outcome: 'succeeded', result: 'done' });
    expect(await specs.client.ping()).to.equal('PONG');
  });
});

describe("Producer#waitFor, for jobs of stock and bee-queue's own settings", () => {
  let queues: SpecQueues;
  let producer: Producer;

  beforeEach(() => {
    queues = new SpecQueues();
    producer = createProducer({ redis: redisUrl() });
  });
  afterEach(async () => {
    await producer.close();
    await queues.close();
  });

  /** Adds jobs and waits for them; resolves with the waits once all run and are listened for. */
  const addHeld = async (gate: Gate, ids: string[]): Promise<Promise<FinishedJob>[]> => {
    const queue = queues.name;
    const { client, keys } = queues.ours({ isWorker: false, getEvents: false });
    for (const id of ids) await producer.addRaw({ type: 't', queue, data: id, options: { id, retries: 0 } });
    const waits = ids.map((id) => producer.waitFor({ id, queue }, LONG));
    const isListened = async () => (await client.pubsub('NUMSUB', keys.events))[1] === 1;
    await until(async () => gate.arrived === ids.length && (await isListened()), 'all is set');
    return waits;
  };

  it('hears the end of jobs that are not kept', async () => {
    const gate = new Gate();
    const worker = queues.ours<string>({ removeOnSuccess: true, removeOnFailure: true, getEvents: false });
    worker.process(2, async ({ data }) => {
      await gate.pass();
      if (data === 'bad') throw new RangeError('why');
      return { data };
    });
    const waits = await addHeld(gate, ['good', 'bad']);

    gate.open();
    const [good, bad] = await Promise.all(waits);

    expect(good).to.deep.include({ id: 'good', outcome: 'succeeded', result: { data: 'good' } });
    expect(bad).to.deep.include({ id: 'bad', outcome: 'failed', error: { name: 'Error', message: 'why' } });
  });

  it('hears the end of jobs that a stock worker runs', async () => {
    const gate = new Gate();
    const worker = await queues.stock({ getEvents: false });
    worker.process(2, async ({ data }) => {
      await gate.pass();
      if (data === 'bad') throw new Error('why');
      return 'result';
    });
    const waits = await addHeld(gate, ['good', 'bad']);

    gate.open();
    const [good, bad] = await Promise.all(waits);

    expect(good).to.include({ outcome: 'succeeded', result: 'result' });
    expect(bad)
      .to.deep.include({ outcome: 'failed' })
      .and.have.nested.property('error.message')
      .that.matches(/why$/);
  });

  it('finds the end of jobs whose worker announces nothing', async () => {
    const worker = queues.ours({ sendEvents: false, getEvents: false });
    const gate = new Gate();
    worker.process(1, async () => {
      await gate.pass();
      return 'result';
    });
    const [waiting] = await addHeld(gate, ['quiet']);

    gate.open();

    expect(await waiting).to.include({ outcome: 'succeeded', result: 'result' });
  });
});

describe('Producer#waitFor, for jobs of worker processes', function () {
  this.timeout(60_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  it('misses none of hundreds that several processes run', async () => {
    await Promise.all([crew.hire({ concurrency: 5 }), crew.hire({ concurrency: 5 })]);
    const waits: Promise<FinishedJob>[] = [];

    for (let batch = 0; batch < 10; batch++) {
      const added = await crew.producer.addMany(toil, Array(40).fill({ forMs: batch % 3 }));
      for (const one of added) waits.push(crew.producer.waitFor(one, { timeoutMs: 30_000 }));
    }
    const finished = await Promise.all(waits);

    expect(finished.filter(({ outcome }) => outcome === 'succeeded')).to.have.lengthOf(400);
  });

  it('says of a job whose workers died too often that it was lost', async () => {
    const [id = ''] = await crew.add(1, 0);
    const waiting = crew.producer.waitFor({ id, queue: toil.queue }, { timeoutMs: 50_000 });

    for (let death = 0; death < 3; death++) {
      const worker = await crew.hire({ deed: 'die' });
      await worker.exit;
      await crew.endLeases();
    }
    await crew.hire();

    const finished = await waiting;
    expect(finished).to.include({ outcome: 'lost' }).and.have.nested.property('error.code', 'JOB_LOST');
  });
});
