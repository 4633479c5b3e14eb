// Takes jobs by hand, run as a process of its own. Its environment: REDIS_URL, QUEUE, COUNT, ENDS: whether it ends them.
// It prints `ready`, `took` with the id of each that it has taken, and `ended` with that of each that it has ended.
import { z } from 'zod';
import { byHand } from '../../lib/jobs/by-hand.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE = '', COUNT = '1', ENDS = 'true' } = process.env;

const definition = defineJob({ type: 'job', queue: QUEUE, schema: z.any() });
const worker = createWorker({ redis: REDIS_URL, handlers: [byHand(definition)] });
let isOver = false;
process.once('SIGTERM', () => {
  isOver = true;
  worker.stop().then(() => process.exit(0));
});
await worker.start();
tell('ready');
while (!isOver) {
  for (const job of await worker.take(Number(COUNT), { waitMs: 500 })) {
    tell('took', job.id);
    if (ENDS === 'true') job.succeed().then(() => tell('ended', job.id));
  }
}
