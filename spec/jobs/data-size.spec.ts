import { expect } from 'chai';
import { z } from 'zod';
import type { ApiaryError } from '../../lib/errors.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { createProducer } from '../../lib/open-client.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';

const MIB = 1_048_576;

describe('data that is too large', () => {
  let client: RedisClient;
  const queue = testQueueName();
  const Text = defineJob({ type: 'text', queue, schema: z.string() });
  /** The quotes count too. */
  const ofBytes = (bytes: number): string => 'x'.repeat(bytes - 2);

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
  });
  afterEach(() => closeClient(client));

  const refusalOf = (adding: Promise<unknown>): Promise<ApiaryError | null> =>
    adding.then(
      () => null,
      (error: ApiaryError) => error,
    );

  it('is refused beyond 1 MiB, by name', async () => {
    const producer = new Producer({ client });

    const error = await refusalOf(producer.add(Text, ofBytes(MIB + 1)));

    expect(error).to.include({ code: 'DATA_TOO_LARGE' });
    expect(error?.message).to.equal('data of text has 1048577 bytes as JSON, of which 1048576 may be');
    expect(error?.problems.map(({ path }) => path)).to.deep.equal(['data']);
    expect(await refusalOf(producer.add(Text, ofBytes(MIB)))).to.equal(null);
  });

  it('is measured in bytes, not in characters', async () => {
    const producer = new Producer({ client, maxDataBytes: 12 });

    expect(await refusalOf(producer.add(Text, '🐝🐝'))).to.equal(null);
    expect(await refusalOf(producer.add(Text, '🐝🐝🐝'))).to.include({ code: 'DATA_TOO_LARGE' });
  });

  it('is refused wherever a producer adds, and nothing is stored', async () => {
    const producer = createProducer({ redis: client as never, maxDataBytes: 10 });
    const other = testQueueName();
    const Other = defineJob({ type: 'other', queue: other, schema: z.string() });
    const large = 'much too large';
    const errors = await Promise.all(
      [
        producer.add(Other, large),
        producer.as('ada').add(Other, large),
        producer.addMany(Other, ['short', large]),
        producer.addMany([jobFor(Other, 'short'), jobFor(Other, large)]),
        producer.addRaw({ type: 'raw', queue: other, data: large }),
        producer.addChain([jobFor(Other, 'short'), jobFor(Other, large)]),
        producer.addBatch({ jobs: [jobFor(Other, large)], last: jobFor(Other, 'short') }),
        producer.schedules.put(Other, { name: 'daily', data: large, everyMs: 60_000 }),
        producer.schedules.putRaw({ type: 'raw', queue: other, name: 'daily', data: large, everyMs: 60_000 }),
      ].map(refusalOf),
    );

    expect(errors.map((error) => error?.code)).to.deep.equal(errors.map(() => 'DATA_TOO_LARGE'));
    expect(errors[2]?.problems[0]?.path).to.equal('1.data');
    expect(await client.keys(`bq:${other}:*`)).to.deep.equal([]);
  });

  for (const maxDataBytes of [0, -1, 1.5, Number.NaN, '1', null] as number[]) {
    it(`cannot be said to be ${JSON.stringify(maxDataBytes)}`, () => {
      expect(() => createProducer({ redis: client as never, maxDataBytes })).to.throw(/maxDataBytes must be/);
    });
  }
});
