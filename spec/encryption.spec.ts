import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../lib/engine/keys.ts';
import { readOwn } from '../lib/engine/own-json.ts';
import type { JobRecord } from '../lib/engine/record/record.ts';
import { stringifyRecord } from '../lib/engine/record/record.ts';
import {
  ApiaryError,
  createInspector,
  createProducer,
  createWorker,
  DiscardJob,
  defineJob,
  handle,
  handleGroup,
  type Inspector,
  type JobContext,
  jobFor,
  type Producer,
  schedule,
  type Worker,
} from '../lib/index.ts';
import { closeClient, connect, type RedisClient } from '../lib/redis/connect.ts';
import { parseRedisUrl } from '../lib/redis/url.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { randomKeys, readDump } from './support/encryption.ts';
import { silentLog } from './support/log.ts';
import { redisUrl, type SpecRedis, startRedis } from './support/redis.ts';
import { patiently, until } from './support/wait.ts';

const schema = z.object({ note: z.string() });
/** In all that a spec wants kept from Redis. */
const SECRET = 'Ada-Lovelace-was-here';

describe('encryption at rest', () => {
  const keys = randomKeys('k1');
  let queue: string;
  let closing: (() => Promise<unknown>)[];
  let url: string;
  let client: RedisClient;

  const open = (at: string): void => {
    const opened = connect(parseRedisUrl(at), 'commands', { log: silentLog });
    url = at;
    client = opened;
    closing.push(() => closeClient(opened));
  };

  beforeEach(() => {
    queue = testQueueName();
    closing = [];
    open(redisUrl());
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });

  const encryption = { keys };
  const producerWith = (more: object = { encryption }): Producer => {
    const producer = createProducer({ redis: url, ...more });
    closing.push(() => producer.close());
    return producer;
  };
  const inspectorWith = (more: object = { encryption }): Inspector => {
    const inspector = createInspector({ redis: url, ...more });
    closing.push(() => inspector.close());
    return inspector;
  };
  const work = async (
    handlers: Parameters<typeof createWorker>[0]['handlers'],
    more: object = { encryption },
  ) => {
    const worker: Worker = createWorker({ redis: url, handlers, concurrency: 4, ...more });
    closing.push(() => worker.stop());
    await worker.start();
    return worker;
  };
  const defined = (type = 'note', more: object = {}) =>
    defineJob({ type, queue, schema, retries: 0, encrypt: true, ...more });
  const stored = async (id: string): Promise<JobRecord> =>
    readOwn<JobRecord>((await client.hget(queueKeys('bq', queue, false).jobs, id)) ?? 'null');
  const store = (id: string, record: JobRecord) =>
    client.hset(queueKeys('bq', queue, false).jobs, id, stringifyRecord(record));
  const ended = (id: string, inspector = inspectorWith()) =>
    until(
      async () => ['succeeded', 'failed'].includes((await inspector.job(queue, id))?.state ?? ''),
      'it has ended',
    );

  it('hands the data to the handler, and its result to who waits', async () => {
    const Note = defined();
    const seen: unknown[] = [];
    const producer = producerWith();
    await work([
      handle(Note, async (data, ctx) => {
        seen.push(data, ctx.headers);
        return { told: data.note };
      }),
    ]);

    const added = await producer.add(Note, { note: SECRET }, { headers: { who: SECRET } });
    const end = await producer.waitFor(added, { timeoutMs: patiently(10_000) });

    expect(end)
      .to.include({ outcome: 'succeeded' })
      .and.deep.include({ result: { told: SECRET } });
    expect(seen).to.deep.equal([{ note: SECRET }, { who: SECRET }]);
    expect(JSON.stringify(await stored(added.id))).not.to.include(SECRET);
  });

  it('tells who waits of the error, and who may not that its key is missing', async () => {
    const Note = defined();
    const producer = producerWith();
    const blind = producerWith({});
    const added = await producer.add(Note, { note: SECRET }, { delayMs: 50 });
    const ends = Promise.allSettled(
      [producer, blind].map((one) => one.waitFor(added, { timeoutMs: patiently(10_000) })),
    );
    await work([
      handle(Note, async () => {
        throw new Error(`no: ${SECRET}`);
      }),
    ]);

    const [seen, hidden] = await ends;

    expect(seen).to.have.nested.property('value.error.message', `no: ${SECRET}`);
    expect(hidden).to.have.nested.property('reason.code', 'ENCRYPTION_KEY_MISSING');
  });

  it('shows an inspector with the keys everything, and one without that it is encrypted', async () => {
    const Note = defined();
    const producer = producerWith();
    await work([
      handle(Note, async (_data, ctx) => {
        ctx.log.info(`logged ${SECRET}`);
        await ctx.progress({ at: SECRET });
        await ctx.once('charge', () => SECRET);
        throw new Error(`failed ${SECRET}`);
      }),
    ]);
    const { id } = await producer.add(Note, { note: SECRET }, { headers: { who: SECRET } });
    await ended(id);

    const seen = await inspectorWith().job(queue, id);
    const hidden = await inspectorWith({}).job(queue, id);

    expect(seen).to.deep.include({
      encrypted: 'opened',
      data: { note: SECRET },
      progress: { at: SECRET },
      headers: { who: SECRET },
    });
    expect(seen?.errors[0]).to.include({ message: `failed ${SECRET}` });
    expect(seen?.errors[0]?.stack).to.include(SECRET);
    expect(seen?.logs[0]?.message).to.include(SECRET);
    expect(seen?.once.map(({ key }) => key)).to.deep.equal(['charge']);
    expect(JSON.stringify(hidden)).not.to.include(SECRET);
    expect(hidden).to.include({ encrypted: 'closed', data: '(encrypted)', progress: '(encrypted)' });
    expect(hidden?.errors[0]).to.include({ name: 'Error', message: '(encrypted)', stack: '(encrypted)' });
    expect(hidden?.logs[0]).to.include({ message: '(encrypted)', level: 'info' });
  });

  it('leaves a valid record for stock readers, and takes the jobs of stock producers', async () => {
    const Note = defined();
    const Plain = defineJob({ type: 'plain', queue, schema, retries: 0 });
    const seen: unknown[] = [];
    const producer = producerWith();
    const encrypted = await producer.add(Note, { note: SECRET });
    const plain = await producer.add(Plain, { note: 'plain' });
    const record = await stored(encrypted.id);

    await work([handle(Note, (data) => seen.push(data)), handle(Plain, (data) => seen.push(data))]);

    expect(Object.keys(record)).to.deep.equal(['data', 'options', 'status', 'progress']);
    expect(record.data).to.be.a('string');
    expect(await stored(plain.id)).to.deep.include({ data: { note: 'plain' } });
    await until(async () => seen.length === 2, 'both were run');
    expect(seen).to.have.deep.members([{ note: SECRET }, { note: 'plain' }]);
  });

  it('keeps what an attempt noted for the next', async () => {
    const Note = defined('note', { retries: 2, backoff: { type: 'fixed', delayMs: 1 } });
    let [done, runs] = [0, 0];
    const results: unknown[] = [];
    const producer = producerWith();
    await work([
      handle(Note, async (data, ctx) => {
        results.push(await ctx.once('charge', () => ({ receipt: ++done, note: data.note })));
        if (++runs < 3) throw new Error('again');
      }),
    ]);

    const { id } = await producer.add(Note, { note: SECRET });
    await ended(id);

    expect(results).to.deep.equal(Array.from({ length: 3 }, () => ({ receipt: 1, note: SECRET })));
    expect(JSON.stringify(await stored(id))).not.to.include(SECRET);
  });

  it('encrypts all jobs where all are to be', async () => {
    const Plain = defineJob({ type: 'plain', queue, schema });
    const producer = producerWith({ encryption: { keys, all: true } });

    const one = await producer.add(Plain, { note: SECRET });
    const [other] = await producer.addMany([jobFor(Plain, { note: SECRET })]);
    const raw = await producer.addRaw({ type: 'raw', queue, data: { note: SECRET } });

    for (const { id } of [one, other ?? one, raw])
      expect(JSON.stringify(await stored(id))).not.to.include(SECRET);
  });

  it('refuses a job that is to be encrypted where no keys are, and stores nothing', async () => {
    const Note = defined();
    const producer = producerWith({});
    const calls = [
      () => producer.add(Note, { note: SECRET }),
      () => producer.addMany(Note, [{ note: SECRET }]),
      () => producer.addChain([jobFor(Note, { note: SECRET })]),
      () =>
        producer.addBatch({ jobs: [jobFor(Note, { note: SECRET })], last: jobFor(Note, { note: SECRET }) }),
      () => producer.schedules.put(Note, { name: 'daily', everyMs: 1_000, data: { note: SECRET } }),
    ];

    for (const call of calls) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ApiaryError).and.include({ code: 'ENCRYPTION_KEY_MISSING' });
    }
    expect(await client.exists(queueKeys('bq', queue, false).jobs)).to.equal(0);
  });

  it('discards a job whose key is missing, and runs it when the key is back', async () => {
    const Note = defined();
    const seen: unknown[] = [];
    const handler = handle(Note, (data) => seen.push(data));
    const producer = producerWith();
    const inspector = inspectorWith();
    const { id } = await producer.add(Note, { note: SECRET });
    const blind = await work([handler], { encryption: { keys: randomKeys('k2') } });
    await ended(id, inspector);
    await blind.stop();

    const lost = await inspector.job(queue, id);
    await work([handler]);
    await inspector.retry(queue, id);
    await until(async () => seen.length === 1, 'it was run');

    expect(lost).to.include({ outcome: 'discarded', encrypted: 'opened' });
    expect(lost?.errors[0]).to.include({ code: 'ENCRYPTION_KEY_MISSING' });
    expect(lost?.errors[0]?.message).to.include('k1');
    expect(seen).to.deep.equal([{ note: SECRET }]);
  });

  for (const [what, tamper] of [
    [
      'with the data of another job',
      (record: JobRecord, other: JobRecord) => ({ ...record, data: other.data }),
    ],
    ['with data in the clear', (record: JobRecord) => ({ ...record, data: { note: 'forged' } })],
    [
      'with headers of another job',
      (record: JobRecord, other: JobRecord) => ({
        ...record,
        options: { ...record.options, ...(other.options.sealed && { sealed: other.options.sealed }) },
      }),
    ],
  ] as const) {
    it(`refuses a record that was written over ${what}`, async () => {
      const Note = defined();
      const seen: unknown[] = [];
      const producer = producerWith();
      const options = { headers: { who: SECRET }, delayMs: 600_000 };
      const [one, other] = await Promise.all([1, 2].map(() => producer.add(Note, { note: SECRET }, options)));
      if (!one || !other) throw new Error('two jobs were added');
      await store(one.id, tamper(await stored(one.id), await stored(other.id)));
      const inspector = inspectorWith();
      const shown = await inspector.job(queue, one.id);
      await work([handle(Note, (data) => seen.push(data))]);

      await inspector.promote(queue, one.id);
      await ended(one.id, inspector);

      const { outcome, errors } = (await inspector.job(queue, one.id)) ?? {};
      expect(shown?.encrypted).to.equal('tampered');
      expect(outcome).to.equal('discarded');
      expect(errors?.[0]).to.include({ code: 'RECORD_TAMPERED' });
      expect(seen).to.deep.equal([]);
    });
  }

  it('takes new data for an encrypted job, and a rerun of it', async () => {
    const Note = defined();
    const seen: unknown[] = [];
    const producer = producerWith();
    const inspector = inspectorWith();
    const { id } = await producer.add(Note, { note: 'old' }, { delayMs: 600_000, headers: { who: SECRET } });

    await inspector.updateData(queue, id, { note: SECRET });
    const refused = await inspectorWith({})
      .updateData(queue, id, { note: 'none' })
      .catch((error: unknown) => error);
    await work([handle(Note, (data, ctx) => seen.push(data, ctx.headers))]);
    await inspector.promote(queue, id);
    await ended(id, inspector);
    const rerun = await inspector.rerun(queue, id, 'spec');
    if (!rerun.done) throw new Error('it was run anew');
    await ended(rerun.added, inspector);

    expect(refused).to.include({ code: 'ENCRYPTION_KEY_MISSING' });
    expect(seen).to.deep.equal([{ note: SECRET }, { who: SECRET }, { note: SECRET }, { who: SECRET }]);
    for (const one of [id, rerun.added]) expect(JSON.stringify(await stored(one))).not.to.include(SECRET);
  });

  it('finds by a field of the data with the keys, and says without how many it could not look into', async () => {
    const Note = defined();
    const producer = producerWith();
    const { id } = await producer.add(Note, { note: SECRET });
    const search = { field: { path: 'note', value: SECRET } };

    const found = await inspectorWith().search(queue, search);
    const blind = await inspectorWith({}).search(queue, search);

    expect(found.jobs.map((job) => job.id)).to.deep.equal([id]);
    expect(found.closed).to.equal(0);
    expect(blind).to.deep.include({ jobs: [], scanned: 1, closed: 1 });
  });

  it('groups failures by what they said, and shows it with the keys alone', async () => {
    const Note = defined();
    const producer = producerWith();
    await work([
      handle(Note, async (data) => {
        throw new Error(data.note === 'a' ? 'card was declined' : 'no such customer');
      }),
    ]);
    const added = await producer.addMany(Note, [{ note: 'a' }, { note: 'a' }, { note: 'b' }]);
    for (const { id } of added) await ended(id);

    const { groups } = await inspectorWith().failures.groups(queue);
    const blind = await inspectorWith({}).failures.groups(queue);

    expect(groups.map(({ message, count }) => [message, count])).to.deep.equal([
      ['card was declined', 2],
      ['no such customer', 1],
    ]);
    expect(blind.groups.map(({ message, count }) => [message, count])).to.deep.equal([['(encrypted)', 3]]);
    const [declined] = groups;
    const filter = { fingerprint: declined?.fingerprint ?? '' };
    expect(await inspectorWith().removeAll(queue, 'failed', filter)).to.equal(2);
  });

  it('tells of progress and results in events with the keys alone', async () => {
    const Note = defined();
    const told: unknown[] = [];
    const [inspector, blind] = [inspectorWith(), inspectorWith({})];
    const listen = async (from: Inspector): Promise<void> => {
      for await (const event of from.events(queue)) {
        if (event.event === 'progress') told.push(event.progress);
        if (event.event === 'succeeded') told.push(event.result);
      }
    };
    const listening = [listen(inspector), listen(blind)];
    const { eventLog } = queueKeys('bq', queue, false);
    await until(async () => (await client.exists(eventLog)) === 1, 'somebody listens');
    await work([
      handle(Note, async (_data, ctx: JobContext) => {
        await ctx.progress(SECRET);
        return SECRET;
      }),
    ]);

    await producerWith().add(Note, { note: SECRET });

    await until(async () => told.length === 4, 'both have heard');
    expect(told).to.have.members([SECRET, SECRET, '(encrypted)', '(encrypted)']);
    await Promise.all([inspector.close(), blind.close()]);
    await Promise.all(listening);
  });

  it('seals the steps of a workflow, and what they return for others', async () => {
    const Note = defined();
    const Plain = defineJob({ type: 'plain', queue, schema });
    const producer = producerWith();
    const seen: unknown[] = [];
    const { id } = await producer.addWorkflow(({ job }) => {
      const first = job('first', Note, { note: SECRET }, { headers: { who: SECRET } });
      const second = job('second', Plain, { note: 'plain' });
      job('third', Note, { note: SECRET }, { after: [first, second] });
      job('fourth', Plain, { note: 'plain' }, { after: [first] });
    });
    const before = await client.hgetall(queueKeys('bq', queue, false).flow(id));
    await work([
      handle(Note, async (data, ctx) => {
        seen.push(ctx.results);
        return { was: data.note };
      }),
      handle(Plain, async (_data, ctx) => {
        seen.push(ctx.results);
        return 'plain';
      }),
    ]);

    await until(async () => seen.length === 4, 'all steps were run');

    const first = { was: SECRET };
    expect(seen).to.have.deep.members([{}, {}, { first, second: 'plain' }, { first }]);
    const after = await client.hgetall(queueKeys('bq', queue, false).flow(id));
    const records = await client.hgetall(queueKeys('bq', queue, false).jobs);
    expect(JSON.stringify([before, after, records])).not.to.include(SECRET);
    expect(JSON.stringify(before)).to.include('apiary1:k1:');
  });

  it('seals the data that a handler gives its own job', async () => {
    const Note = defined('note', { retries: 1, backoff: { type: 'fixed', delayMs: 1 } });
    const seen: unknown[] = [];
    await work([
      handle(Note, async (data, ctx) => {
        seen.push(data);
        if (ctx.attempt > 1) return;
        await ctx.updateData({ note: `${SECRET} again` });
        throw new Error('once more');
      }),
    ]);

    const { id } = await producerWith().add(Note, { note: SECRET });
    await ended(id);

    expect(seen).to.deep.equal([{ note: SECRET }, { note: `${SECRET} again` }]);
    expect(JSON.stringify(await stored(id))).not.to.include(SECRET);
  });

  describe('in the files of a Redis of its own', () => {
    let redis: SpecRedis;

    beforeEach(async () => {
      redis = await startRedis();
      closing.push(() => redis.stop());
      open(redis.url);
    });

    it('leaves no clear text of a marked job', async () => {
      const Note = defined();
      const Grouped = defined('grouped', { group: { graceMs: 1, maxDelayMs: 1 } });
      const Fails = defined('fails', { retries: 1, backoff: { type: 'fixed', delayMs: 1 } });
      const Plain = defineJob({ type: 'plain', queue, schema, retries: 0 });
      const producer = producerWith();
      const inspector = inspectorWith();
      const events = inspector.events(queue)[Symbol.asyncIterator]();
      const listening = events.next();
      const { eventLog } = queueKeys('bq', queue, false);
      await until(async () => (await client.exists(eventLog)) === 1, 'somebody listens');
      const ran: string[] = [];
      const told = (data: { note: string }, ctx: JobContext): { note: string } => {
        ctx.log.info('told', { note: data.note });
        ran.push(ctx.id);
        return { note: data.note };
      };
      await work([
        handle(Note, async (data, ctx) => {
          await ctx.progress({ note: data.note });
          await ctx.once('effect', () => data.note);
          if (data.note.endsWith('first')) await ctx.follow(Note, { note: `${SECRET} follow` });
          return told(data, ctx);
        }),
        handle(Plain, (data, ctx) => told(data, ctx)),
        handle(Fails, async (data, ctx) => {
          told(data, ctx);
          if (ctx.attempt === 2) throw new DiscardJob(`discarded ${data.note}`);
          throw new Error(`failed ${data.note}`, { cause: new Error(`as ${data.note}`) });
        }),
        handleGroup(Grouped, async (jobs, ctx) => {
          ran.push(...jobs.map(({ id }) => id));
          await ctx.progress(jobs.map(({ data }) => data.note));
          if (jobs.some(({ data }) => data.note.endsWith('bad'))) throw new Error(SECRET);
          return jobs.map(({ data }) => data.note);
        }),
      ]);
      const data = { note: SECRET };
      const headers = { who: SECRET };
      await producer.add(Plain, { note: 'plain-text-is-found' });
      await producer.add(Note, { note: `${SECRET} first` }, { headers, key: 'tenant', priority: 2 });
      await producer.add(Note, data, { unique: { key: 'one', onConflict: 'replace' }, delayMs: 1 });
      await producer.add(Fails, data);
      await producer.addMany(Grouped, [data, { note: `${SECRET} bad` }], { group: 'g', headers });
      // A step after an encrypted one is given its result.
      await producer.addChain([jobFor(Note, data, { headers }), jobFor(Plain, data), jobFor(Note, data)]);
      await producer.addBatch({ jobs: [jobFor(Note, data)], last: jobFor(Note, data, { headers }) });
      await producer.add(Note, data, { delayMs: 600_000, headers });
      await producer.schedules.put(Note, { name: 'often', everyMs: 1_000, data, options: { headers } });
      await until(async () => ran.filter((id) => id.startsWith('often@')).length > 1, 'it was fired');
      await producer.schedules.remove(queue, 'often');
      await until(async () => new Set(ran).size >= 14, 'all were run');
      await producer.schedules.put(Note, { name: 'later', cron: '0 0 1 1 *', data, options: { headers } });
      await until(async () => (await inspector.queue(queue)).counts.active === 0, 'all have ended');

      const dump = await readDump(client);

      expect(dump).to.include('plain-text-is-found');
      expect(dump).to.include('apiary1:k1:');
      expect(dump.split(SECRET).length - 1).to.equal(0);
      await listening;
      await events.return?.();
    }).timeout(60_000);
  });

  it('declares and fires a schedule of encrypted jobs', async () => {
    const Note = defined();
    const seen: unknown[] = [];
    const declared = schedule(Note, {
      name: 'often',
      everyMs: 1_000,
      data: { note: SECRET },
      options: { headers: { who: SECRET } },
    });
    const inspector = inspectorWith();
    await work([handle(Note, (data, ctx) => seen.push(data, ctx.headers))], {
      encryption,
      schedules: [declared],
    });

    await until(async () => seen.length >= 4, 'it was fired twice');

    const [shown] = await inspector.schedules.list(queue);
    const [hidden] = await inspectorWith({}).schedules.list(queue);
    expect(seen.slice(0, 2)).to.deep.equal([{ note: SECRET }, { who: SECRET }]);
    expect(shown?.data).to.deep.equal({ note: SECRET });
    expect(JSON.stringify(hidden)).not.to.include(SECRET);
    expect(hidden?.data).to.equal('(encrypted)');
    const text = await client.hget(queueKeys('bq', queue, false).schedules, 'often');
    expect(text).to.include('apiary1:k1:').and.not.to.include(SECRET);
  });

  it('lets a job of a group that is not valid fail by itself, sealed', async () => {
    const Grouped = defined('grouped', { group: { graceMs: 10, maxDelayMs: 10 } });
    const seen: unknown[] = [];
    const producer = producerWith();
    const any = { ...Grouped, schema: z.any() };
    const [good, bad] = await producer.addMany(any, [{ note: SECRET }, { wrong: SECRET }], { group: 'g' });
    await work([
      handleGroup(Grouped, async (jobs) => {
        seen.push(...jobs.map(({ data }) => data));
      }),
    ]);

    await until(async () => seen.length === 1, 'the good one was run');
    await ended(bad?.id ?? '');

    expect(seen).to.deep.equal([{ note: SECRET }]);
    expect(good?.id).to.be.a('string');
    const { errors, data } = (await inspectorWith().job(queue, bad?.id ?? '')) ?? {};
    expect(data).to.deep.equal({ wrong: SECRET });
    expect(errors?.[0]?.message).to.include('note');
    expect(JSON.stringify(await stored(bad?.id ?? ''))).not.to.include(SECRET);
  });

  it('costs a queue that does not use it no byte and no command', async () => {
    const Plain = defineJob({ type: 'plain', queue, schema });

    const [one, other] = [producerWith(), producerWith({})];
    const [{ id }, without] = [await one.add(Plain, { note: 'a' }), await other.add(Plain, { note: 'a' })];

    const shape = ({ options, ...rest }: JobRecord) => ({ ...rest, options: { ...options, timestamp: 0 } });
    expect(shape(await stored(id))).to.deep.equal(shape(await stored(without.id)));
  });
});
