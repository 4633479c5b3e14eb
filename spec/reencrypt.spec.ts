import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../lib/engine/keys.ts';
import {
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  handle,
  handleGroup,
  type Inspector,
  jobFor,
  type Producer,
  type ReencryptStep,
} from '../lib/index.ts';
import { closeClient, connect, type RedisClient } from '../lib/redis/connect.ts';
import { parseRedisUrl } from '../lib/redis/url.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { apiary } from './support/command-line.ts';
import { randomKeys, readDump } from './support/encryption.ts';
import { silentLog } from './support/log.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const schema = z.object({ note: z.string() });

describe('encrypting anew', function () {
  this.timeout(60_000);
  const old = randomKeys('old');
  const both = `${randomKeys('new')},${old}`;
  const [fresh = ''] = both.split(',');
  let redis: SpecRedis;
  let client: RedisClient;
  let queue: string;
  let closing: (() => Promise<unknown>)[];

  beforeEach(async () => {
    queue = testQueueName();
    closing = [];
    redis = await startRedis();
    closing.push(() => redis.stop());
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    closing.push(() => closeClient(client));
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });

  const producerWith = (keys: string): Producer => {
    const producer = createProducer({ redis: redis.url, encryption: { keys } });
    closing.push(() => producer.close());
    return producer;
  };
  const inspectorWith = (keys: string): Inspector => {
    const inspector = createInspector({ redis: redis.url, encryption: { keys } });
    closing.push(() => inspector.close());
    return inspector;
  };
  const work = async (keys: string, handlers: Parameters<typeof createWorker>[0]['handlers']) => {
    const worker = createWorker({ redis: redis.url, handlers, encryption: { keys }, concurrency: 20 });
    closing.push(() => worker.stop());
    await worker.start();
    return worker;
  };
  const walk = async (inspector: Inspector): Promise<Omit<ReencryptStep, 'cursor'>> => {
    const sum = { looked: 0, rewritten: 0, missed: 0, closed: 0 };
    for (let cursor: string | null = null; ; ) {
      const step: ReencryptStep = await inspector.privacy.reencrypt(queue, { cursor });
      for (const name of ['looked', 'rewritten', 'missed', 'closed'] as const) sum[name] += step[name];
      if (step.cursor === null) return sum;
      cursor = step.cursor;
    }
  };
  const defined = (type = 'note', more: object = {}) =>
    defineJob({ type, queue, schema, retries: 0, encrypt: true, ...more });

  it('leaves nothing under the old key, and all of it readable by the new one alone', async () => {
    const Note = defined();
    const Grouped = defined('grouped', { group: { graceMs: 60_000, maxDelayMs: 60_000 } });
    const producer = producerWith(old);
    const headers = { who: 'ada' };
    const later = { delayMs: 600_000 };
    const first = await work(old, [
      handle(Note, async ({ note }, ctx) => {
        ctx.log.info(note);
        await ctx.once('effect', () => note);
        if (note === 'fails') throw new Error(note);
        return { note };
      }),
    ]);
    await producer.addMany(Note, [{ note: 'succeeds' }, { note: 'fails' }], { headers });
    const before = inspectorWith(old);
    await until(async () => {
      const { succeeded, failed } = (await before.queue(queue)).counts;
      return succeeded + failed === 2;
    }, 'both have ended');
    await first.stop();
    const step = (note: string) => jobFor(Note, { note }, { ...later, headers });
    await producer.addChain([step('one'), step('two'), step('three')]);
    await producer.addBatch({ jobs: [step('member')], last: step('last') });
    await producer.addMany(Grouped, [{ note: 'a' }, { note: 'b' }], { group: 'g', headers });
    await producer.schedules.put(Note, { name: 'daily', cron: '0 0 * * *', data: { note: 'daily' } });
    const plain = defineJob({ type: 'plain', queue, schema });
    await producer.add(plain, { note: `apiary1:old:${'A'.repeat(60)}` }, later);

    const done = await walk(inspectorWith(both));
    const again = await walk(inspectorWith(both));

    expect(done).to.include({ missed: 0, closed: 0 });
    expect(done.rewritten).to.be.greaterThan(8);
    expect(again).to.include({ rewritten: 0, missed: 0, closed: 0 });
    const after = inspectorWith(fresh);
    for (const state of ['succeeded', 'failed', 'delayed'] as const) {
      const { jobs } = await after.jobs(queue, { state });
      expect(jobs).not.to.be.empty;
      for (const job of jobs.filter(({ type }) => type !== 'plain')) {
        expect(job).to.include({ encrypted: 'opened' });
        expect(job.headers).to.deep.equal(headers);
      }
    }
    const [failed] = (await after.jobs(queue, { state: 'failed' })).jobs;
    expect(failed?.errors[0]?.message).to.equal('fails');
    expect((await after.schedules.list(queue))[0]?.data).to.deep.equal({ note: 'daily' });

    const seen: string[] = [];
    await work(fresh, [
      handle(Note, async ({ note }) => void seen.push(note)),
      handleGroup(Grouped, async (jobs) => void seen.push(...jobs.map(({ data }) => data.note))),
    ]);
    await after.groups.fire(queue, { type: 'grouped', name: 'g' });
    const notes = ['one', 'two', 'three', 'member', 'last', 'a', 'b'];
    await until(async () => {
      await after.promoteAll(queue, { type: 'note' });
      return notes.every((note) => seen.includes(note));
    }, 'all were run with the new key alone');
    expect(seen).to.have.members(notes);
    // Compressed, no text could be found in it.
    await client.config('SET', 'rdbcompression', 'no');
    await client.bgrewriteaof();
    await until(async () => /aof_rewrite_in_progress:0/.test(await client.info('persistence')), 'rewritten');
    const marks = [...(await readDump(client)).matchAll(/"apiary1:old:[\w-]+/g)].map(([text]) => text);
    expect(marks.filter((text) => !text.endsWith('A'.repeat(60)))).to.deep.equal([]);
  });

  it('walks over workflows: steps that wait, and results that are still to be read', async () => {
    const Note = defined('note', { result: schema });
    const Last = defined('last', { reads: { first: Note, second: Note } });
    const producer = producerWith(old);
    const headers = { who: 'ada' };
    const { id } = await producer.addWorkflow(({ job }) => {
      const first = job('first', Note, { note: 'first' });
      const second = job('second', Note, { note: 'second' }, { after: [first], headers, priority: 2 });
      job('last', Last, { note: 'last' }, { after: [first, second], headers, delayMs: 1 });
    });
    const worker = await work(old, [
      handle(Note, async ({ note }) => {
        if (note === 'second') throw new Error(note);
        return { note };
      }),
    ]);
    const before = inspectorWith(old);
    await until(async () => (await before.queue(queue)).counts.failed === 1, 'the second has failed');
    await worker.stop();

    const done = await walk(inspectorWith(both));
    expect(done).to.include({ missed: 0, closed: 0 });
    expect(await walk(inspectorWith(both))).to.include({ rewritten: 0, missed: 0, closed: 0 });
    const fields = await client.hgetall(queueKeys('bq', queue, false).flow(id));
    expect(JSON.stringify(fields)).to.include('apiary1:new:').and.not.include('apiary1:old:');

    const seen: unknown[] = [];
    await work(fresh, [
      handle(Note, async ({ note }, ctx) => {
        seen.push([note, ctx.headers]);
        return { note };
      }),
      handle(Last, async ({ note }, ctx) => {
        seen.push([note, ctx.headers, ctx.results]);
      }),
    ]);
    const after = inspectorWith(fresh);
    await after.workflows.retry(queue, id);
    await until(async () => (await after.workflow(id))?.state === 'succeeded', 'the workflow is over');
    expect(seen).to.deep.equal([
      ['second', headers],
      ['last', headers, { first: { note: 'first' }, second: { note: 'second' } }],
    ]);
  });

  it('loses no job while they are added and run', async () => {
    const Note = defined();
    const ran = new Map<string, number>();
    const [first, second] = [producerWith(old), producerWith(both)];
    await work(both, [
      handle(Note, async ({ note }, ctx) => {
        await ctx.progress(note);
        ran.set(note, (ran.get(note) ?? 0) + 1);
        return note;
      }),
    ]);
    const inspector = inspectorWith(both);
    let isOver = false;
    const walking = (async () => {
      for (let walks = 0; !isOver || walks === 0; walks++) await walk(inspector);
    })();
    const total = 2_000;
    for (let from = 0; from < total; from += 100) {
      const data = Array.from({ length: 100 }, (_, at) => ({ note: String(from + at) }));
      await (from % 200 === 0 ? first : second).addMany(Note, data);
    }

    await until(async () => ran.size === total, 'all were run');
    isOver = true;
    await walking;

    expect([...ran.values()].every((times) => times === 1)).to.equal(true);
    await until(async () => (await inspector.queue(queue)).counts.active === 0, 'all have ended');
    await walk(inspector);
    expect(await walk(inspector)).to.include({ rewritten: 0, missed: 0, closed: 0 });
    const { jobs } = await inspectorWith(fresh).jobs(queue, { state: 'succeeded', limit: 1_000 });
    expect(new Set(jobs.map(({ encrypted }) => encrypted))).to.deep.equal(new Set(['opened']));
  });

  it('counts what it cannot decrypt, and goes on', async () => {
    const Note = defined();
    await producerWith(randomKeys('lost')).add(Note, { note: 'a' });
    await producerWith(old).add(Note, { note: 'b' });

    expect(await walk(inspectorWith(both))).to.include({ looked: 2, rewritten: 1, closed: 1 });
  });

  it('is refused without keys, and with a cursor that no step gave', async () => {
    const blind = createInspector({ redis: redis.url });
    closing.push(() => blind.close());
    const refusals = [
      blind.privacy.reencrypt(queue),
      inspectorWith(both).privacy.reencrypt(queue, { cursor: 'jobs:x' }),
    ].map((call) => call.catch((error: { code: string }) => error.code));

    expect(await Promise.all(refusals)).to.deep.equal(['ENCRYPTION_KEY_MISSING', 'JOB_INVALID']);
  });

  it('is a command, which says what it did and is noted', async () => {
    const Note = defined();
    await producerWith(old).addMany(Note, [{ note: 'a' }, { note: 'b' }], { delayMs: 600_000 });
    const env = { REDIS_URL: redis.url, JOB_ENCRYPTION_KEYS: both };

    const first = await apiary(['reencrypt', '--json'], { env });
    const second = await apiary(['reencrypt', queue], { env });

    expect(first).to.include({ code: 0 });
    expect(JSON.parse(first.out)).to.deep.include({ looked: 2, rewritten: 2, missed: 0, closed: 0 });
    expect(second.out).to.include('0 texts of 2 encrypted anew');
    const { entries } = await inspectorWith(fresh).audit.list({ queue });
    expect(entries[0]).to.include({ action: 'reencrypt', through: 'cli', outcome: 'done' });
    expect(await client.hlen(queueKeys('bq', queue, false).jobs)).to.equal(2);
  });
});
