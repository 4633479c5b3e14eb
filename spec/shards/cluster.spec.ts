import { expect } from 'chai';
import { z } from 'zod';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createProducer, createWorker } from '../../lib/open.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardName, shardOf } from '../../lib/shards/route.ts';
import { end, startFailoverCluster } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { giveShards } from '../support/shards.ts';
import { patiently, until } from '../support/wait.ts';

const SHARDS = 4;

describe('a queue over the primaries of a cluster', function () {
  this.timeout(patiently(180_000));

  it('goes on in all other shards while a primary is killed, and in its own after the failover', async () => {
    const cluster = await startFailoverCluster();
    const client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
    const queue = 'shop';
    await giveShards({ client }, queue, SHARDS);
    const servers = await Promise.all(
      Array.from({ length: SHARDS }, (_, at) => cluster.masterOf(`bq:{${shardName(queue, at)}}:jobs`)),
    );
    // With it the others must go on whose record it keeps.
    const victim = await cluster.masterOf(shardKeys('bq').records);
    expect(servers.some((server) => server !== victim)).to.equal(true);
    const job = defineJob({ type: 'job', queue, schema: z.number(), retries: 0 });
    const ran = new Map<number, number>();
    const worker = createWorker({
      redis: cluster.url,
      handlers: [handle(job, (data, ctx) => void ran.set(data, shardOf(ctx.id, SHARDS)))],
    });
    const producer = createProducer({ redis: client });
    await worker.start();
    const added = await producer.addMany(
      job,
      Array.from({ length: 100 }, (_, at) => at),
    );
    await until(() => ran.size === added.length, 'all had run', 60_000);
    expect(new Set(ran.values()).size).to.equal(SHARDS);
    await end(victim);
    let others = 0;
    const later = Array.from({ length: 60 }, (_, at) => 1_000 + at);
    const adding = later.map((data) => producer.add(job, data).catch(() => null));
    await until(
      () => {
        others = [...ran].filter(([data, at]) => data >= 1_000 && servers[at] !== victim).length;
        return others > 0;
      },
      'jobs of other shards ran',
      60_000,
    );
    const stored = (await Promise.all(adding)).filter((one) => one !== null);
    await until(
      () => stored.every(({ id }) => id !== '') && ran.size >= 100 + stored.length,
      'all had run',
      90_000,
    );
    await worker.stop();
    await producer.close();
    await closeClient(client);
    await cluster.stop();
  });
});
