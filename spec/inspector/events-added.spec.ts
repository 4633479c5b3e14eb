import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { type Heard, hear } from '../support/events.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('inspector.events, of every way by which jobs come', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;
  let heard: Heard;

  beforeEach(async () => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
    const log = `bq:${specs.queue}:eventLog`;
    const isKept = async (): Promise<boolean> => (await specs.client.exists(log)) === 1;
    heard = await hear(inspector.events(specs.queue), isKept);
  });
  afterEach(async () => {
    await inspector.close();
    await heard.ended;
    await specs.close();
  });

  const job = (type = 'job') => defineJob({ type, queue: specs.queue, schema: z.any(), retries: 0 });
  const added = (): string[] => heard.events.flatMap((event) => (event.event === 'added' ? event.job : []));

  it('one alone, one that is due later, and several', async () => {
    const one = await specs.producer.add(job(), 1);
    const later = await specs.producer.add(job(), 1, { runAt: new Date(4_000_000_000_000) });
    const soon = await specs.producer.add(job(), 1, { delayMs: 60_000 });
    const more = await specs.producer.addMany(job(), [1, 2], { delayMs: 60_000 });
    await specs.producer.add(job(), 2, { id: one.id });
    await heard.until('added', 5);

    expect(added()).to.deep.equal([one.id, later.id, soon.id, ...more.map(({ id }) => id)]);
    expect(heard.events[1]).to.include({ dueAt: 4_000_000_000_000 });
    for (const event of heard.events.slice(2)) {
      expect(event.event === 'added' && (event.dueAt ?? 0) - event.at).to.be.within(59_000, 60_000);
    }
  });

  it('under a unique key, once', async () => {
    const unique = { key: 'k' };
    const { id } = await specs.producer.add(job(), 1, { unique });
    await specs.producer.add(job(), 2, { unique });
    await specs.producer.add(job(), 2, { unique: { key: 'k', onConflict: 'replace' } });
    const other = await specs.producer.add(job(), 3);
    await heard.until('added', 2);

    expect(added()).to.deep.equal([id, other.id]);
  });

  it('in a group, which is handed over as a job of its own', async () => {
    const Grouped = defineJob({
      type: 'grouped',
      queue: specs.queue,
      schema: z.any(),
      group: { graceMs: 60_000, maxSize: 2 },
    });
    const members = await specs.producer.addMany(Grouped, [1, 2], { group: 'g' });
    await heard.until('added', 3);

    expect(added().slice(0, 2)).to.deep.equal(members.map(({ id }) => id));
  });

  it('by a schedule, in a batch with its last job, and in a chain', async () => {
    const { producer, queue } = specs;
    await producer.schedules.put(job(), { name: 'daily', data: 1, everyMs: 86_400_000 });
    await inspector.schedules.fireNow(queue, 'daily');
    await heard.until('added');
    const batch = await producer.addBatch({ jobs: [jobFor(job(), 1)], last: jobFor(job('last'), 2) });
    await producer.addChain([jobFor(job(), 3), jobFor(job('last'), 4)]);
    const run = (): number => 1;
    await specs.worker({ handlers: [handle(job(), run), handle(job('last'), run)] }).start();
    await heard.until('succeeded', 5);
    await heard.until('drained');

    expect(batch.id).to.be.a('string');
    for (const id of added()) expect(heard.names(id), id).to.deep.equal(['added', 'started', 'succeeded']);
    expect(added()).to.have.lengthOf(5);
    // Not before the jobs that follow have come.
    expect(heard.names().at(-1)).to.equal('drained');
    expect(heard.names().filter((name) => name === 'drained')).to.have.lengthOf(1);
  });

  it('in a queue with limits, which is drained when nothing is left in its lines', async () => {
    await inspector.limits.set(specs.queue, { perKey: { concurrency: 1 }, fair: true }, 'ada');
    const jobs = await Promise.all([1, 2, 3].map((n) => specs.producer.add(job(), n, { key: 'k' })));
    await specs.worker({ handlers: [handle(job(), () => 1)] }).start();
    await heard.until('succeeded', 3);
    await heard.until('drained');

    for (const { id } of jobs) expect(heard.names(id), id).to.deep.equal(['added', 'started', 'succeeded']);
    expect(heard.names().filter((name) => name === 'drained')).to.have.lengthOf(1);
    expect(heard.names().at(-1)).to.equal('drained');
  });
});
