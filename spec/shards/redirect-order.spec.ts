import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Queries } from '../../lib/engine/queries/queries.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { shardName } from '../../lib/shards/route.ts';
import type { ShardRecord } from '../../lib/shards/shard-record.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';

const SHARDS = 4;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

type Note = JobDefinition<string, string>;

describe('the order of the adds of one producer to a queue whose shards it does not know', () => {
  let client: RedisClient;
  let other: RedisClient;
  let producer: Producer;
  let note: Note;
  let plain: Note;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    other = connect(redisTarget(), 'commands', { log: silentLog });
    producer = new Producer({ client });
    note = defineJob({ type: 'note', queue: testQueueName(), schema: z.string() });
    plain = defineJob({ type: 'note', queue: testQueueName(), schema: z.string() });
  });
  afterEach(async () => {
    await other.hdel(shardKeys('bq').records, note.queue);
    await Promise.all([closeClient(client), closeClient(other)]);
  });

  const waitingIn = async (queue: string): Promise<string[]> => {
    const queries = new Queries(other, queueKeys('bq', queue, false));
    return (await queries.page('waiting', 0, 50_000, false)).map(({ record }) => String(record.data));
  };
  const inOrderPerKey = async (count: number): Promise<void> => {
    const all = await Promise.all(
      Array.from({ length: SHARDS }, (_, at) => waitingIn(shardName(note.queue, at))),
    );
    expect(all.flat()).to.have.length(KEYS.length * count);
    for (const key of KEYS) {
      const numbers = all.map((some) => some.filter((one) => one.startsWith(key)));
      const [own = [], ...more] = numbers.filter(({ length }) => length > 0);
      expect(more, `of ${key} in one shard`).to.deep.equal([]);
      expect(own).to.deep.equal(Array.from({ length: count }, (_, at) => `${key} ${at}`));
    }
  };
  /** Adds in every way, some in the turns of the event loop after, where what was told may be known or not. */
  const addAll = async (rounds: number, between: (round: number) => unknown = () => 0): Promise<void> => {
    const adding: Promise<unknown>[] = [];
    for (let round = 0; round < rounds; round++) {
      await between(round);
      for (const key of KEYS) {
        const data = (at: number): string => `${key} ${7 * round + at}`;
        adding.push(
          producer.add(note, data(0), { key }),
          producer.addMany(note, [data(1), data(2)], { key }),
          producer.add(note, data(3), { key, unique: { key: data(3) } }),
          producer.add(note, data(4), { key, id: `own ${data(4)}` }),
          producer.addMany([jobFor(note, data(5), { key })]),
          producer.add(note, data(6), { key }),
        );
      }
      if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(adding);
  };

  it('is kept per key through the first time that it is told of them', async () => {
    await giveShards({ client: other }, note.queue, SHARDS);
    await addAll(30);
    await inOrderPerKey(210);
  });

  it('is kept where many are added in one go, and others meanwhile', async () => {
    await giveShards({ client: other }, note.queue, SHARDS);
    const data = (key: string, from: number, count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${key} ${from + at}`);
    const adding: Promise<unknown>[] = [];
    for (const key of KEYS) {
      adding.push(producer.addMany(note, data(key, 0, 6_000), { key }));
      adding.push(producer.add(note, `${key} 6000`, { key }));
      await new Promise((resolve) => setImmediate(resolve));
      adding.push(producer.add(note, `${key} 6001`, { key, unique: { key: `${key} u` } }));
    }
    await Promise.all(adding);
    await inOrderPerKey(6_002);
  }).timeout(60_000);

  it('is kept where it has slept through two changes', async () => {
    const first: ShardRecord = { change: 1, shards: 2, served: SHARDS, ever: SHARDS, before: [1] };
    await giveShards({ client: other }, note.queue, first);
    await producer.add(note, 'x', { id: 'x' });
    await giveShards({ client: other }, note.queue, { ...first, change: 2, shards: 3, before: [2, 1] });
    await giveShards({ client: other }, note.queue, {
      ...first,
      change: 3,
      shards: SHARDS,
      before: [3, 2, 1],
    });
    await new Producer({ client: other }).add(note, 'y', { id: 'y' });
    await addAll(10);
    const all = await Promise.all(
      Array.from({ length: SHARDS }, (_, at) => waitingIn(shardName(note.queue, at))),
    );
    expect(all.flat().filter((one) => one.length === 1)).to.have.length(2);
    for (const key of KEYS) {
      const own = all
        .map((some) => some.filter((one) => one.startsWith(`${key} `)))
        .filter(({ length }) => length > 0);
      expect(own).to.deep.equal([Array.from({ length: 70 }, (_, at) => `${key} ${at}`)]);
    }
  });

  it('is that of the calls in other queues meanwhile, in whatever way each is added', async () => {
    await giveShards({ client: other }, note.queue, SHARDS);
    await Promise.all([
      producer.add(note, 'x'),
      producer.add(plain, '1'),
      producer.addChain([jobFor(plain, '2'), jobFor(plain, 'never')]),
      producer.addMany(note, ['x', 'x']),
      producer.addChain([jobFor(plain, '3', { key: 'k' }), jobFor(plain, 'never')]),
      producer.add(plain, '4', { unique: { key: 'k' } }),
      producer.addBatch({ jobs: [jobFor(plain, '5', { key: 'k' })], last: jobFor(plain, 'never') }),
      producer.add(note, 'x', { unique: { key: 'k' } }),
      producer.addMany(plain, ['6', '7']),
      producer.add(plain, '8'),
    ]);
    expect(await waitingIn(plain.queue)).to.deep.equal(Array.from({ length: 8 }, (_, at) => `${at + 1}`));
  });
});
