import { expect } from 'chai';
import type { Producer } from '../../lib/jobs/producer.ts';
import type { FinishedJob } from '../../lib/jobs/wait.ts';
import { createProducer } from '../../lib/open.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { Gate, SpecQueues } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';

const LONG = { timeoutMs: patiently(15_000) };

describe('Producer#waitFor, for jobs of bee-queue workers', () => {
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
  this.timeout(120_000);
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
      for (const one of added) waits.push(crew.producer.waitFor(one, { timeoutMs: patiently(30_000) }));
    }
    const finished = await Promise.all(waits);

    expect(finished.filter(({ outcome }) => outcome === 'succeeded')).to.have.lengthOf(400);
  });

  it('says of a job whose workers died too often that it was lost', async () => {
    const [id = ''] = await crew.add(1, 0);
    const waiting = crew.producer.waitFor({ id, queue: toil.queue }, { timeoutMs: patiently(50_000) });

    for (let death = 0; death < 3; death++) {
      const worker = await crew.hire({ deed: 'die' });
      await worker.exit;
      await crew.bury();
    }
    await crew.hire();

    const finished = await waiting;
    expect(finished).to.include({ outcome: 'lost' }).and.have.nested.property('error.code', 'JOB_LOST');
  });
});
