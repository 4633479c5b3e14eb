// A worker that writes down when jobs begin and end, run as a process of its own. Its environment: REDIS_URL,
// QUEUE_PREFIX, QUEUE, CONCURRENCY. Each entry is put at the end of the list `<QUEUE_PREFIX>-gauge`: a JSON list of
// begin or end, pid, job id, key and Redis's time in ms.
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from './log.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', QUEUE = '', CONCURRENCY = '10' } = process.env;
const client = connect(parseRedisUrl(REDIS_URL), 'commands', { log: silentLog }) as Redis;
const NOTE = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('RPUSH', KEYS[1], cjson.encode({ ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], at }))`;
const note = (what: string, id: string, key: string): Promise<unknown> =>
  client.eval(NOTE, 1, `${QUEUE_PREFIX}-gauge`, what, process.pid, id, key);

const gauge = defineJob({
  type: 'gauge',
  queue: QUEUE,
  schema: z.object({ key: z.string(), forMs: z.number() }),
});
const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: Number(CONCURRENCY),
  handlers: [
    handle(gauge, async ({ key, forMs }, { id }) => {
      await note('begin', id, key);
      await new Promise((resolve) => setTimeout(resolve, forMs));
      await note('end', id, key);
    }),
  ],
});
await worker.start();
process.stdout.write('ready\n');
