import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import {
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  handle,
  type Inspector,
  type Producer,
} from '../../lib/index.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { randomKeys } from '../support/encryption.ts';
import { silentLog } from '../support/log.ts';
import { redisUrl } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';

const SECRET = 'Ada-Lovelace-was-here';

describe('signals of encrypted jobs', () => {
  const old = randomKeys('old');
  const both = `${randomKeys('new')},${old}`;
  const [fresh = ''] = both.split(',');
  let queue: string;
  let client: RedisClient;
  let closing: (() => Promise<unknown>)[];

  beforeEach(() => {
    queue = testQueueName();
    client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    closing = [() => closeClient(client)];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });

  const withKeys = (keys: string | null) => ({
    redis: redisUrl(),
    ...(keys !== null && { encryption: { keys } }),
  });
  const producerWith = (keys: string | null): Producer => {
    const producer = createProducer(withKeys(keys));
    closing.push(() => producer.close());
    return producer;
  };
  const inspectorWith = (keys: string | null): Inspector => {
    const inspector = createInspector(withKeys(keys));
    closing.push(() => inspector.close());
    return inspector;
  };
  const Order = () => defineJob({ type: 'order', queue, schema: z.any(), retries: 0, encrypt: true });
  const work = async (keys: string): Promise<void> => {
    const handler = handle(Order(), async (_data, ctx) => {
      const { data } = await ctx.waitFor('approved', { timeoutMs: 600_000 });
      return data;
    });
    const worker = createWorker({ ...withKeys(keys), handlers: [handler] });
    closing.push(() => worker.stop());
    await worker.start();
  };
  const stored = async (): Promise<string> => {
    const { signals } = queueKeys('bq', queue, false);
    return Object.values(await client.hgetall(signals)).join();
  };
  const untilEnded = async (inspector: Inspector, id: string) => {
    await until(async () => ((await inspector.job(queue, id))?.finishedAt ?? null) !== null, 'it has ended');
    return inspector.job(queue, id);
  };

  it('are sealed, and opened for the handler, also where they were sealed by a key of before', async () => {
    const producer = producerWith(old);
    const { id } = await producer.add(Order(), 1);
    await producer.signal({ id, queue }, 'approved', SECRET);
    expect(await stored())
      .to.match(/apiary1:old:/)
      .and.not.to.contain(SECRET);

    const inspector = inspectorWith(both);
    for (let cursor: string | null = null; ; ) {
      ({ cursor } = await inspector.privacy.reencrypt(queue, { cursor }));
      if (cursor === null) break;
    }
    expect(await stored())
      .to.match(/apiary1:new:/)
      .and.not.to.match(/apiary1:old:/);
    await work(fresh);

    expect((await untilEnded(inspector, id))?.result).to.equal(SECRET);
  });

  it('are refused from who has no keys', async () => {
    const { id } = await producerWith(old).add(Order(), 1);

    const { code } = await rejection(producerWith(null).signal({ id, queue }, 'approved', SECRET));
    expect(code).to.equal('ENCRYPTION_KEY_MISSING');
    expect(await stored()).to.equal('');
  });

  it('are not taken in the clear, nor under another name than they were given', async () => {
    const producer = producerWith(old);
    const { signals } = queueKeys('bq', queue, false);
    const [clear, moved] = await Promise.all([producer.add(Order(), 1), producer.add(Order(), 2)]);
    await producer.signal(clear, 'approved', 1);
    await producer.signal(moved, 'other', SECRET);
    const change = async (id: string, by: (text: string) => string) =>
      client.hset(signals, id, by((await client.hget(signals, id)) ?? ''));
    await change(clear.id, (text) => text.replace(/"apiary1:[^"]*"/, '"forged"'));
    await change(moved.id, (text) => text.replace('\nother ', '\napproved '));
    await work(old);

    const inspector = inspectorWith(old);
    for (const { id } of [clear, moved])
      expect((await untilEnded(inspector, id))?.errors[0]?.code).to.equal('RECORD_TAMPERED');
  });
});
