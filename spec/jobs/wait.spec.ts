import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob } from '../../lib/errors.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import type { FinishedJob } from '../../lib/jobs/wait.ts';
import { createProducer } from '../../lib/open.ts';
import { Gate } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const LONG = { timeoutMs: patiently(15_000) };
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
