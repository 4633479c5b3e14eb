// A worker that writes down in which order it begins jobs, run as a process of its own. Its environment: REDIS_URL,
// QUEUE_PREFIX, QUEUES (weights by name, as JSON), STRICT (true or false). Each begun job puts the name of its queue at
// the end of the list ORDER_KEY.
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from './log.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', QUEUES = '{}', STRICT, ORDER_KEY = '' } = process.env;
const queues = JSON.parse(QUEUES) as Record<string, number>;
const client = connect(parseRedisUrl(REDIS_URL), 'commands', { log: silentLog });

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 10,
  queues,
  strictPriority: STRICT === 'true',
  handlers: Object.keys(queues).map((queue) =>
    handle(defineJob({ type: queue, queue, schema: z.any() }), async () => {
      await client.rpush(ORDER_KEY, queue);
    }),
  ),
});
await worker.start();
process.stdout.write('ready\n');
