import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { createOutbox, createRelay } from '../../lib/outbox/index.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { openOutbox, type SpecOutbox } from '../support/outbox.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { redisUrl } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';

describe('an outbox', () => {
  let postgres: SpecPostgres;
  let spec: SpecOutbox;

  before(async function () {
    if (!hasPostgres()) this.skip();
    postgres = await startPostgres();
  });
  after(() => postgres?.stop());
  beforeEach(async () => {
    spec = await openOutbox(postgres, redisUrl());
  });
  afterEach(() => spec?.close());

  it('adds a job if and only if the transaction commits, under the id that it said', async () => {
    const { outbox, definition, transaction } = spec;
    const added = await transaction((tx) => outbox.add(tx, definition, 'committed'));
    const failed = await transaction(async (tx) => {
      await outbox.add(tx, definition, 'rolled back');
      throw new Error('no');
    }).catch((error: Error) => error.message);
    await spec.relay().start();
    await spec.untilEmpty();

    expect(failed).to.equal('no');
    expect(added).to.include({ queue: spec.queue, type: 'job' });
    expect(await spec.waiting()).to.deep.equal(['committed']);
    expect(await spec.inspector.job(spec.queue, added.id)).to.deep.include({
      id: added.id,
      data: 'committed',
    });
  });

  it('is told of what commits while a relay runs', async () => {
    await spec.relay({ pollMs: 86_400_000 }).start();
    await spec.untilEmpty();
    for (const data of ['one', 'two', 'three']) {
      await spec.transaction((tx) => spec.outbox.add(tx, spec.definition, data));
      await spec.untilEmpty();
    }

    expect(await spec.waiting()).to.deep.equal(['one', 'two', 'three']);
  });

  it('gives a job the options that producer.add gives it', async () => {
    const options = {
      runAt: Date.now() + 3_600_000,
      retries: 7,
      backoff: { type: 'fixed', delayMs: 5 },
      timeoutMs: 1_234,
      expiresAt: new Date(Date.now() + 7_200_000),
      deadlineAt: Date.now() + 7_200_000,
      headers: { a: '\0', traceparent: 'x' },
      unique: { key: 'u', ttlMs: 60_000 },
      key: 'k',
      cost: 2,
      priority: 1,
      front: true,
    } as const;
    const queue = testQueueName();
    const type = { type: 'job', schema: z.any(), retries: 5, priority: 9 };
    const producer = new Producer({ client: spec.client, name: 'ada' });
    const other = await producer.add(defineJob({ ...type, queue }), 1, options);
    const outbox = createOutbox({ table: spec.table, name: 'ada' });
    const added = await spec.transaction((tx) =>
      outbox.add(tx, defineJob({ ...type, queue: spec.queue }), 1, options),
    );
    await spec.relay().start();
    await spec.untilEmpty();

    const of = async (name: string, id: string) => {
      const { createdAt: _, ...rest } = (await spec.inspector.job(name, id)) ?? {};
      return { ...rest, id: '', queue: '' };
    };
    expect(await of(spec.queue, added.id)).to.deep.equal(await of(queue, other.id));
    await producer.close();
  });

  it('takes an id of the caller, and lets a delay count from the add', async () => {
    const { outbox, definition } = spec;
    const added = await spec.transaction(async (tx) => {
      await outbox.add(tx, definition, 'late', { delayMs: 3_600_000 });
      await outbox.add(tx, definition, 'due', { delayMs: 1 });
      return outbox.add(tx, definition, 'mine', { id: 'mine' });
    });
    await spec.relay().start();
    await spec.untilEmpty();

    expect(added.id).to.equal('mine');
    const { counts } = await spec.inspector.queue(spec.queue);
    expect(counts.delayed).to.be.at.least(1);
    expect((await spec.inspector.job(spec.queue, 'mine'))?.data).to.equal('mine');
  });

  it('adds many in their order', async () => {
    const jobs = Array.from({ length: 1_100 }, (_, at) => jobFor(spec.definition, at));
    const added = await spec.transaction((tx) => spec.outbox.addMany(tx, jobs));
    await spec.relay({ concurrency: 1 }).start();
    await spec.untilEmpty();

    expect(new Set(added.map(({ id }) => id)).size).to.equal(jobs.length);
    expect((await spec.waiting()).slice(0, 100)).to.deep.equal(
      Array.from({ length: 100 }, (_, at) => at + 100),
    );
  });

  it('lets jobs wait in a group', async () => {
    const Grouped = defineJob({ type: 'grouped', queue: spec.queue, schema: z.any(), group: { maxSize: 2 } });
    await spec.transaction(async (tx) => {
      for (const data of [1, 2]) await spec.outbox.add(tx, Grouped, data, { group: 'g' });
    });
    await spec.relay().start();
    await spec.untilEmpty();

    expect((await spec.inspector.queue(spec.queue)).counts.waiting).to.equal(1);
    expect(await rejection(spec.outbox.add(postgres.pool, spec.definition, 1, { group: 'g' }))).to.include({
      code: 'JOB_INVALID',
    });
  });

  it('refuses what is not right before it is sent, so the transaction goes on', async () => {
    const { outbox } = spec;
    const Text = defineJob({ type: 'text', queue: spec.queue, schema: z.string() });
    const wrong = 5 as never;
    await spec.transaction(async (tx) => {
      for (const call of [
        () => outbox.add(tx, Text, wrong),
        () => outbox.add(tx, spec.definition, { at: new Date() }),
        () => outbox.add(tx, spec.definition, 1, { retries: -1 }),
        () => outbox.add(tx, spec.definition, 1, { requireWorker: true } as never),
        () => outbox.add(tx, {} as never, 1),
        () => outbox.add(spec.definition as never, tx as never, 1),
        () => outbox.addMany(tx, [jobFor(Text, 'a'), jobFor(Text, wrong)]),
      ])
        expect(await rejection(call())).to.include({ code: 'JOB_INVALID' });
      expect(await rejection(outbox.add(tx, spec.definition, 'x'.repeat(2 ** 21)))).to.include({
        code: 'DATA_TOO_LARGE',
      });
      await outbox.add(tx, Text, 'good');
    });

    expect(await spec.rows()).to.equal(1);
  });

  it('stores data to the letter, whatever PostgreSQL thinks of it', async () => {
    const data = {
      nul: 'a\0b',
      half: '\ud800',
      big: 1e300,
      deep: [[[[{}]]]],
      quote: `'"\\$1`,
    };
    await spec.transaction((tx) => spec.outbox.add(tx, spec.definition, data));
    await spec.relay().start();
    await spec.untilEmpty();

    expect(await spec.waiting()).to.deep.equal([data]);
  });

  it('has a migration that can be run again, and asks for it where it is missing', async () => {
    await postgres.pool.query(spec.outbox.sql());
    const relay = spec.relay({ table: 'nowhere' });
    await relay.start();
    await until(() => relay.stats.trouble !== null, 'it has trouble');

    expect(relay.stats.trouble?.message).to.include('apiary outbox sql');
  });

  it('says what is wrong with its options', () => {
    for (const table of ['a b', 'a.b.c', 'x'.repeat(49), 'Capital', "x'; drop table y; --", '', 5 as never])
      expect(() => createOutbox({ table })).to.throw('table must be a name');
    expect(() => createOutbox({ name: '' })).to.throw('name');
    for (const postgres of ['mysql://x', 'postgres://[', {} as never])
      expect(() => createRelay({ postgres, redis: redisUrl() })).to.throw('postgres must be a URL');
    expect(() => createRelay({ postgres: 'postgres://x', redis: redisUrl(), pollMs: 0 })).to.throw('pollMs');
  });
});
