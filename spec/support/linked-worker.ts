// A worker of jobs that are tied together, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, and
// APART where it is to serve the queues of the three nodes of a cluster.
// It prints one line per fact: `began` and `effect` with what the job is part of and its number, `read` with how many
// results it was given beside them, `fenced` with an id.
import { systemClock } from '../../lib/clock.ts';
import { handle, type JobContext } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { afterwards, apartJobs, linkedJobs } from './linked-jobs.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', APART = '' } = process.env;
const NEVER = new AbortController().signal;

async function run(
  { of, n, forMs }: { of: string; n: number; forMs: number },
  ctx: JobContext,
): Promise<unknown> {
  tell('began', of, n);
  const previous = typeof ctx.previous === 'number' ? ctx.previous : 0;
  if (n < 0) await ctx.follow(afterwards, { of, n: -n, forMs: 0 });
  if (ctx.workflow) tell('read', of, n, Object.keys(ctx.results).length);
  let isFirst = false;
  const effect = await ctx.once('effect', () => {
    isFirst = true;
    tell('effect', of, n);
    return n;
  });
  // What is only gone on with takes no time.
  if (isFirst) await systemClock.sleep(forMs, NEVER);
  return previous + effect;
}

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 5,
  shutdownTimeoutMs: 10_000,
  retention: { succeeded: { count: Number.POSITIVE_INFINITY } },
  handlers: (APART === '' ? [...linkedJobs, afterwards] : apartJobs).map((kind) => handle(kind, run)),
});
worker.events.on('job:fenced', ({ id }) => tell('fenced', id));
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
tell('ready');
