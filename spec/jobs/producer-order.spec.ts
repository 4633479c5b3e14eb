import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Queries } from '../../lib/engine/queries/queries.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';

type Note = JobDefinition<string, string>;

describe('the order of the calls of one producer', () => {
  let client: RedisClient;
  let producer: Producer;
  let queries: Queries;
  let note: Note;
  let queue: string;

  beforeEach(async () => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    producer = new Producer({ client });
    queries = new Queries(client, queueKeys('bq', queue, false));
    note = defineJob({ type: 'note', queue, schema: z.string(), group: {} });
  });
  afterEach(() => closeClient(client));

  const waiting = async (): Promise<unknown[]> =>
    (await queries.page('waiting', 0, 20_000, false)).map(({ record }) => record.data);

  it('is that in which jobs wait, in whatever way each is added, over a new connection and an old one', async () => {
    const other = producer.as('someone else');
    for (const round of ['new', 'old']) {
      await Promise.all([
        producer.add(note, `${round} 1`),
        producer.addMany(note, [`${round} 2`, `${round} 3`]),
        producer.add(note, `${round} 4`),
        producer.add(note, `${round} 5`, { unique: { key: round } }),
        other.add(note, `${round} 6`),
        producer.addChain([jobFor(note, `${round} 7`), jobFor(note, 'never')]),
        producer.addRaw({ type: 'note', queue, data: `${round} 8`, options: {} }),
        producer.addBatch({ jobs: [jobFor(note, `${round} 9`)], last: jobFor(note, 'never') }),
        other.addRaw({ type: 'note', queue, data: `${round} 10`, options: {} }),
        producer.addMany(note, [`${round} 11`]),
        other.addMany(note, [`${round} 12`, `${round} 13`]),
      ]);
    }

    const expected = ['new', 'old'].flatMap((round) =>
      Array.from({ length: 13 }, (_, n) => `${round} ${n + 1}`),
    );
    expect(await waiting()).to.deep.equal(expected);
  });

  it('holds for a batch that takes many calls, and for what is added while it goes on', async () => {
    const many = Array.from({ length: 6_000 }, (_, n) => `${n}`);
    const members = Array.from({ length: 600 }, (_, n) => jobFor(note, `member ${n}`));
    const all = [
      producer.add(note, 'before'),
      producer.addMany(note, many),
      producer.add(note, 'after'),
      producer.addBatch({ jobs: members, last: jobFor(note, 'never') }),
      producer.add(note, 'last', { unique: { key: 'k' } }),
      producer.add(note, 'very last'),
    ];

    await Promise.all(all);

    const named = members.map((_member, n) => `member ${n}`);
    expect(await waiting()).to.deep.equal(['before', ...many, 'after', ...named, 'last', 'very last']);
  });

  it('holds between adding and what is asked of an inspector over the same client', async () => {
    const inspector = new Inspector({ client });

    const added = producer.add(note, 'a', { id: 'a' });
    const [job, counts] = await Promise.all([inspector.job(queue, 'a'), inspector.queue(queue)]);
    const second = producer.add(note, 'b', { id: 'b' });
    const removed = await inspector.remove(queue, 'b');

    expect(job).to.include({ id: 'a', state: 'waiting' });
    expect(counts).to.have.nested.property('counts.waiting', 1);
    expect(removed).to.equal('waiting');
    expect([(await added).created, (await second).created]).to.deep.equal([true, true]);
    expect(await waiting()).to.deep.equal(['a']);
  });

  it('holds between jobs of a group, and between a schedule and its removal', async () => {
    const joined = producer.add(note, 'a', { group: 'g' });
    const after = producer.add(note, 'b', { id: 'b' });
    const put = producer.schedules.put(note, { name: 's', everyMs: 3_600_000, data: 'x' });
    const removed = await producer.schedules.remove(queue, 's');

    expect([(await joined).created, (await after).created]).to.deep.equal([true, true]);
    expect([await put, removed]).to.deep.equal(['created', true]);
    expect(await client.hlen(queueKeys('bq', queue, false).schedules)).to.equal(0);
  });

  it('holds for what was called before the connection was there', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const slow = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
    const early = new Producer({ client: slow });
    try {
      const all: Promise<unknown>[] = [];
      // The connection comes up in the middle of these, and is cut again later.
      for (let n = 0; n < 400; n++) {
        all.push(early.add(note, `${2 * n}`), early.addMany(note, [`${2 * n + 1}`]));
        if (n === 200) proxy.cut();
        if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(all);

      expect(await waiting()).to.deep.equal(Array.from({ length: 800 }, (_, n) => `${n}`));
    } finally {
      await closeClient(slow);
      await proxy.close();
    }
  });

  it('holds for a client that makes pipelines of what it is told by itself', async () => {
    const pipelining = new Redis(redisUrl(), { enableAutoPipelining: true });
    const own = new Producer({ client: pipelining });
    try {
      const added = own.add(note, 'a', { id: 'a' });
      const found = await pipelining.hexists(queueKeys('bq', queue, false).jobs, 'a');

      expect([found, (await added).created]).to.deep.equal([1, true]);
    } finally {
      await closeClient(pipelining);
    }
  });
});
