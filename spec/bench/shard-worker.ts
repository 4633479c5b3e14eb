import { z } from 'zod';
import { createWorker, defineJob, handle } from '../../lib/index.ts';
import { tell } from '../support/tell.ts';

/** Works on a queue until it is told to stop, and then tells how many jobs it ran, from when to when, for what CPU. */
const [, , redis = '', queue = '', concurrency = ''] = process.argv;
let jobs = 0;
let firstAt = 0;
let lastAt = 0;
let cpuAtFirst = process.cpuUsage();
let cpu = { user: 0, system: 0 };
const job = defineJob({ type: 'job', queue, schema: z.number() });
const worker = createWorker({
  redis,
  concurrency: Number(concurrency),
  retention: { succeeded: { count: 0 } },
  handlers: [
    handle(job, () => {
      if (jobs++ === 0) {
        firstAt = Date.now();
        cpuAtFirst = process.cpuUsage();
      }
      if (jobs % 100 !== 0) return;
      lastAt = Date.now();
      cpu = process.cpuUsage(cpuAtFirst);
    }),
  ],
});
process.once('SIGTERM', async () => {
  await worker.stop();
  tell(JSON.stringify({ jobs, firstAt, lastAt, cpuUs: cpu.user + cpu.system }));
  process.exit(0);
});
await worker.start();
tell('ready');
