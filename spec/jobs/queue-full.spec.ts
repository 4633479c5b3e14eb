import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { AddManyError } from '../../lib/jobs/add-many.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';

describe('a queue in which no more than some jobs may wait', () => {
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let queue: string;
  let Mail: JobDefinition<number, number>;

  beforeEach(async () => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    producer = new Producer({ client });
    inspector = new Inspector({ client });
    Mail = defineJob({ type: 'mail.send', queue, schema: z.number(), group: {} });
    await inspector.limits.set(queue, { maxWaiting: 3 }, 'ada');
  });
  afterEach(() => closeClient(client));

  const codeOf = (adding: Promise<unknown>): Promise<unknown> =>
    adding.then(
      () => 'added',
      (error: unknown) => Reflect.get(Object(error), 'code'),
    );
  const waiting = async (): Promise<number> => (await inspector.queue(queue)).counts.waiting;
  const fill = (): Promise<unknown> => Promise.all([1, 2, 3].map((at) => producer.add(Mail, at)));

  it('shows the limit, who set it and when, and lifts it', async () => {
    const { limits, by, at } = (await inspector.limits.get(queue)) ?? {};
    const lifted = await inspector.limits.lift(queue, 'ada');

    expect([limits, by, typeof at, lifted]).to.deep.equal([{ maxWaiting: 3 }, 'ada', 'number', true]);
    expect(await inspector.limits.get(queue)).to.equal(null);
    await fill();
    expect(await codeOf(producer.add(Mail, 4))).to.equal('added');
  });

  it('keeps it beside other limits, and has workers take as ever where there are none', async () => {
    expect(await client.hget(`bq:${queue}:meta`, 'limits')).to.equal(null);

    await inspector.limits.set(queue, { maxWaiting: 3, concurrency: 2 }, 'ada lovelace');

    expect(await inspector.limits.get(queue)).to.deep.include({
      limits: { maxWaiting: 3, concurrency: 2 },
      by: 'ada lovelace',
    });
    await inspector.limits.set(queue, { concurrency: 2 }, 'ada');
    expect((await inspector.limits.get(queue))?.limits).to.deep.equal({ concurrency: 2 });
  });

  it('is no limit when somebody else has written what is none', async () => {
    await client.hset(`bq:${queue}:meta`, 'maxWaiting', 'many');

    expect(await inspector.limits.get(queue)).to.equal(null);
    await fill();
    expect(await codeOf(producer.add(Mail, 4))).to.equal('added');
  });

  it('is listed while it holds nothing else', async () => {
    expect(await inspector.queueNames()).to.include(queue);
    await inspector.limits.lift(queue, 'ada');
    expect(await inspector.queueNames()).to.not.include(queue);
  });

  for (const maxWaiting of [0, -1, 1.5, '3', Number.NaN, null] as number[]) {
    it(`cannot have room for ${JSON.stringify(maxWaiting)}`, async () => {
      const refused = inspector.limits.set(queue, { maxWaiting }, 'ada');

      expect(await codeOf(refused)).to.equal('JOB_INVALID');
    });
  }

  it('refuses the adds for which there is no room, and nothing of them is stored', async () => {
    const adds = [1, 2, 3, 4, 5].map((at) => codeOf(producer.add(Mail, at)));

    expect(await Promise.all(adds)).to.deep.equal(['added', 'added', 'added', 'QUEUE_FULL', 'QUEUE_FULL']);
    expect(await codeOf(producer.add(Mail, 6))).to.equal('QUEUE_FULL');
    expect(await codeOf(producer.addRaw({ type: 'x', queue, data: 1 }))).to.equal('QUEUE_FULL');
    expect(await codeOf(producer.add(Mail, 6, { unique: { key: 'k' } }))).to.equal('QUEUE_FULL');
    expect(await codeOf(producer.addChain([jobFor(Mail, 1), jobFor(Mail, 2)]))).to.equal('QUEUE_FULL');
    expect([await waiting(), await client.hlen(`bq:${queue}:jobs`)]).to.deep.equal([3, 3]);
    expect(await client.exists(`bq:${queue}:uniques`)).to.equal(0);
  });

  it('takes a batch whole or not at all, with what is to start at once counted for each queue', async () => {
    const other = testQueueName();
    const Other = defineJob({ type: 'other', queue: other, schema: z.number() });
    await inspector.limits.set(other, { maxWaiting: 1 }, 'ada');
    const jobs = [jobFor(Mail, 1), jobFor(Other, 1), jobFor(Mail, 2), jobFor(Other, 2, { delayMs: 60_000 })];

    const tooMany = codeOf(producer.addBatch({ jobs: [...jobs, jobFor(Other, 3)], last: jobFor(Mail, 0) }));

    expect(await tooMany).to.equal('QUEUE_FULL');
    expect([await waiting(), await client.exists(`bq:${other}:jobs`)]).to.deep.equal([0, 0]);
    expect(await codeOf(producer.addBatch({ jobs, last: jobFor(Mail, 0) }))).to.equal('added');
  });

  it('says of many jobs which were stored', async () => {
    const error = await producer.addMany(Mail, [1, 2, 3, 4, 5]).catch((thrown: unknown) => thrown);

    expect(error).to.be.an.instanceof(AddManyError).with.property('code', 'QUEUE_FULL');
    expect((error as AddManyError).results.map(({ state }) => state)).to.deep.equal([
      ...['stored', 'stored', 'stored', 'refused', 'refused'],
    ]);
  });

  it('answers for a job that is there as ever', async () => {
    await producer.add(Mail, 1, { id: 'order 1' });
    await fill().catch(() => undefined);

    const { created } = await producer.add(Mail, 2, { id: 'order 1' });

    expect(created).to.equal(false);
  });

  it('takes jobs that are not to wait yet, and those that wait in groups', async () => {
    await fill();

    expect(await codeOf(producer.add(Mail, 4, { delayMs: 60_000 }))).to.equal('added');
    expect(await codeOf(producer.add(Mail, 5, { group: 'digest' }))).to.equal('added');
  });

  it('refuses nothing that moves by itself: what is promoted, or retried', async () => {
    const { id } = await producer.add(Mail, 0, { delayMs: 60_000 });
    await fill();

    const promoted = await inspector.promote(queue, id);
    await inspector.archive(queue, id, 'ada');
    const retried = await inspector.retry(queue, id);

    expect([promoted.done, retried.done, await waiting()]).to.deep.equal([true, true, 4]);
    expect(await codeOf(producer.add(Mail, 9))).to.equal('QUEUE_FULL');
  });

  it('counts the jobs that wait in lines, where there are limits by key too', async () => {
    await inspector.limits.set(queue, { maxWaiting: 3, fair: true }, 'ada');
    await Promise.all([1, 2].map((at) => producer.add(Mail, at, { key: 'a' })));
    // As a worker sorts them in.
    await client.lmove(`bq:${queue}:waiting`, `bq:${queue}:line:a`, 'RIGHT', 'LEFT');
    await client.zadd(`bq:${queue}:turns`, 1, 'a');

    const adds = [3, 4].map((at) => codeOf(producer.add(Mail, at)));

    expect(await Promise.all(adds)).to.deep.equal(['added', 'QUEUE_FULL']);
  });
});
