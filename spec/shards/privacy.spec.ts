import { expect } from 'chai';
import { z } from 'zod';
import {
  createInspector,
  createProducer,
  defineJob,
  type Inspector,
  type Producer,
} from '../../lib/index.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { randomKeys } from '../support/encryption.ts';
import { silentLog } from '../support/log.ts';
import { redisUrl } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';

const SHARDS = 3;
const JOBS = 30;

describe('what is private of the jobs of a queue with shards', () => {
  const old = randomKeys('old');
  const both = `${randomKeys('new')},${old}`;
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let queue: string;

  beforeEach(async () => {
    queue = testQueueName();
    client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    producer = createProducer({ redis: redisUrl(), encryption: { keys: old } });
    inspector = createInspector({ redis: redisUrl(), encryption: { keys: both } });
    await giveShards({ client }, queue, SHARDS);
    const letter = defineJob({ type: 'letter', queue, schema: z.object({ to: z.string() }), encrypt: true });
    const all = Array.from({ length: JOBS }, (_, at) => ({ to: at % 2 === 0 ? 'ada' : 'bob' }));
    await producer.addMany(letter, all);
  });
  afterEach(async () => {
    await inspector.deleteQueue(queue, { force: true });
    await Promise.all([producer.close(), inspector.close(), closeClient(client)]);
  });

  /** Takes steps until the cursor is null; resolves with the sum of what each counts. */
  async function walk<Step extends { cursor: string | null }>(
    take: (cursor: string | null) => Promise<Step>,
    count: (step: Step) => number,
  ): Promise<number> {
    let sum = 0;
    for (let cursor: string | null = null; ; ) {
      const step: Step = await take(cursor);
      sum += count(step);
      if (step.cursor === null) return sum;
      cursor = step.cursor;
    }
  }

  it('is forgotten in all shards, step by step', async () => {
    const field = { path: 'to', value: 'ada' };

    const forgotten = await walk(
      (cursor) => inspector.privacy.forget(queue, { field, cursor }),
      (step) => step.forgotten.jobs,
    );

    expect(forgotten).to.equal(JOBS / 2);
    expect((await inspector.queue(queue)).counts.waiting).to.equal(JOBS / 2);
  });

  it('is forgotten in all of them at once, each job once', async () => {
    const { forgotten, queues } = await inspector.forget({
      field: { path: 'to', value: 'ada' },
      queues: [queue],
    });

    expect([forgotten.jobs, queues]).to.deep.equal([JOBS / 2, SHARDS]);
  });

  it('is encrypted anew in all shards', async () => {
    const rewritten = await walk(
      (cursor) => inspector.privacy.reencrypt(queue, { cursor }),
      (step) => step.rewritten,
    );

    expect(rewritten).to.equal(JOBS);
  });

  it('is not looked for in a shard that is not there', async () => {
    for (const cursor of ['7/jobs:0', '99/', '1/nothing:0']) {
      const failure = await inspector.privacy.reencrypt(queue, { cursor }).catch((error) => error);
      expect(failure, cursor).to.include({ code: 'JOB_INVALID' });
    }
  });
});
