// A worker whose jobs do nothing and are not kept, run as a process of its own. Its environment: REDIS_URL,
// QUEUE_PREFIX, QUEUE.
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', QUEUE = '' } = process.env;
const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 50,
  retention: { succeeded: { count: 0 } },
  handlers: [handle(defineJob({ type: 'light', queue: QUEUE, schema: z.number() }), () => {})],
});
await worker.start();
process.stdout.write('ready\n');
