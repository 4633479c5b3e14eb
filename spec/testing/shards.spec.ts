import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { closeClient } from '../../lib/redis/connect.ts';
import { shardOf } from '../../lib/shards/route.ts';
import { testApiary } from '../../lib/testing/index.ts';
import type { TestApiary } from '../../lib/testing/test-apiary.ts';
import { openRequests, redisUrl } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';

const Mail = defineJob({ type: 'mail.send', queue: 'mail', schema: z.number() });

describe('the testing module with a queue with shards', function () {
  this.timeout(60_000);
  let kit: TestApiary;
  const ran: { queue: string; data: number }[] = [];

  beforeEach(async () => {
    ran.length = 0;
    kit = await testApiary({
      redis: redisUrl(),
      handlers: [handle(Mail, (data, ctx) => void ran.push({ queue: ctx.queue, data }))],
    });
    const client = openRequests(redisUrl());
    await giveShards({ client, prefix: kit.prefix }, 'mail', 3);
    await closeClient(client);
  });
  afterEach(() => kit.close());

  it('runs and shows the jobs of all shards as those of one queue', async () => {
    const added = await kit.producer.addMany(
      Mail,
      Array.from({ length: 30 }, (_, at) => at),
    );
    expect(new Set(added.map(({ id }) => shardOf(id, 3))).size).to.equal(3);

    const reports = await kit.drain();

    expect(reports.length).to.equal(30);
    expect(new Set(reports.map(({ queue }) => queue))).to.deep.equal(new Set(['mail']));
    expect(new Set(ran.map(({ queue }) => queue))).to.deep.equal(new Set(['mail']));
    expect(kit.queues).to.deep.equal(['mail']);
    expect((await kit.inspector.queue('mail')).counts.succeeded).to.equal(30);
  });
});
