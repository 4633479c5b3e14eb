import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { tell } from './tell.ts';

/** Runs jobs of a queue with shards, and leaves evidence of each beginning and end in a list of Redis. */
const [, , url = '', queue = '', evidence = ''] = process.argv;
const client = new Redis(url);
const job = defineJob({
  type: 'job',
  queue,
  schema: z.object({ shard: z.number(), ms: z.number() }),
  retries: 0,
});
const worker = createWorker({
  redis: url,
  concurrency: 20,
  handlers: [
    handle(job, async ({ shard, ms }) => {
      await client.rpush(evidence, `${process.pid} begins ${shard}`);
      await sleep(ms);
      await client.rpush(evidence, `${process.pid} ends ${shard}`);
    }),
  ],
});
await worker.start();
tell(`ready ${process.pid}`);
