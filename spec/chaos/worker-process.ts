// A worker of the mix, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, and EVIDENCE, the file that
// its handlers write down in what they do. It prints `ready`.
import { systemClock } from '../../lib/clock.ts';
import { RetryLater } from '../../lib/errors.ts';
import { handle, type JobContext } from '../../lib/jobs/define.ts';
import { handleGroup } from '../../lib/jobs/handle-group.ts';
import { createWorker } from '../../lib/open.ts';
import { breakProcess } from './break-process.ts';
import { EvidenceFile, tellStandstills } from './evidence.ts';
import { grouped, keyed, linked, PATIENCE_MS, plain, shared, tick, ticks, type Work } from './mix.ts';
import { RunTeller } from './run-teller.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', EVIDENCE = '' } = process.env;
const NEVER = new AbortController().signal;
const CONCURRENCY = 8;
const KEEP_ALL = { count: Number.POSITIVE_INFINITY };

const file = new EvidenceFile(EVIDENCE);
const teller = new RunTeller(file);
tellStandstills(file, process.pid);

async function run(data: Work, ctx: JobContext): Promise<unknown> {
  const name = ctx.schedule ? `${data.name}/${ctx.schedule.tick}` : data.name;
  const told = teller.begin([name], ctx);
  return told.through(async () => {
    await breakProcess(data, file, () => isFirst(ctx, 'break'));
    // A handler that does not heed its signal goes on when its claim is gone: what it ends then must not count.
    await systemClock.sleep(data.forMs, NEVER);
    if (data.once) await ctx.once('effect', () => told.effect(name));
    if (data.follows) await ctx.follow(linked, { name: `${name}/next`, forMs: 5 });
    if (data.snoozes && (await isFirst(ctx, 'snooze'))) throw new RetryLater(150);
    if (ctx.attempt <= (data.fails ?? 0)) throw new Error('no luck');
    return { name };
  });
}

async function isFirst(ctx: JobContext, key: string): Promise<boolean> {
  let isFirst = false;
  await ctx.once(key, () => {
    isFirst = true;
  });
  return isFirst;
}

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: CONCURRENCY,
  shutdownTimeoutMs: PATIENCE_MS,
  retention: { succeeded: KEEP_ALL, failed: KEEP_ALL },
  schedules: [ticks],
  handlers: [
    ...[plain, keyed, linked, tick, shared].map((definition) => handle(definition, run)),
    handleGroup(grouped, async (jobs, ctx) => {
      const names = jobs.map(({ data }) => data.name);
      return teller.begin(names, ctx).through(() => systemClock.sleep(jobs[0]?.data.forMs ?? 0, NEVER));
    }),
  ],
});
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
process.stdout.write('ready\n');
