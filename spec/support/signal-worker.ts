// A worker of jobs that wait for signals, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX.
// It prints one line per fact: `began` and `had` with what the job is, `effect` once for each.
import { handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { gate } from './gate-job.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '' } = process.env;
const TIMEOUT_MS = 600_000;

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 5,
  shutdownTimeoutMs: 10_000,
  retention: { succeeded: { count: Number.POSITIVE_INFINITY } },
  handlers: [
    handle(gate, async ({ n }, ctx) => {
      tell('began', n);
      const first = await ctx.waitFor('first', { timeoutMs: TIMEOUT_MS });
      tell('had', n);
      const second = await ctx.waitFor('second', { timeoutMs: TIMEOUT_MS });
      await ctx.once('effect', () => tell('effect', n));
      return [first.data, second.data];
    }),
  ],
});
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
tell('ready');
