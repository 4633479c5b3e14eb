import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { defineScripts } from '../../lib/engine/scripts.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { keepAttempts, spreadOverSpans } from '../support/kept-times.ts';
import { silentLog } from '../support/log.ts';
import { startRedis } from '../support/redis.ts';
import { median } from './statistics.ts';

/**
 * Measures the monitor's pages and changes over a queue with very many jobs, in the built service as a process of its
 * own, and shows which calls held Redis for long: `npm run bench:pages`, with `-- --jobs 100000` for other than a million.
 */
const JOBS = Number(process.argv[process.argv.indexOf('--jobs') + 1]) || 1_000_000;
const FAILED = Math.min(10_000, JOBS);
const ROUNDS = 20;
const BATCH = 1_000;
const KINDS = 400;
const TYPES = 1_000;
const QUEUES = 200;
const QUEUE = 'mail';
const SYLLABLES = 'la le li lo lu na ne ni no nu ra re ri ro ru sa se si so su'.split(' ');
const POLL_MS = 500;
const NEVER = new AbortController().signal;
const SLOW_MS = 10;
/** What pages remember of queues is read anew by then. */
const PAUSE_MS = 1_100;
const LATER = 'overview, asked a second later';

const { createInspector, createProducer, createWorker, defineJob, handle } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof import('../../lib/index.ts');

const Send = defineJob({
  type: 'email.send',
  queue: QUEUE,
  schema: z.object({ to: z.string(), order: z.number() }),
  retries: 0,
});

/** Adds jobs; with `toFail` ones that fail with messages of as many kinds as are measured. */
async function add(redis: string, count: number, toFail: boolean): Promise<void> {
  const producer = createProducer({ redis });
  for (let from = 0; from < count; from += BATCH) {
    const data = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => ({
      to: toFail ? 'nobody' : 'a@example.com',
      order: from + at,
    }));
    await producer.addMany(Send, data);
  }
  await producer.close();
}

/** Gives all queues but one a few jobs each. */
async function addQueues(redis: string): Promise<void> {
  const producer = createProducer({ redis });
  for (let at = 1; at < QUEUES; at++) {
    for (let n = 0; n < 5; n++) {
      const data = { to: 'a@example.com', order: n };
      await producer.addRaw({ type: Send.type, queue: otherQueue(at), data, options: {} });
    }
  }
  await producer.close();
}

function otherQueue(at: number): string {
  return `queue-${String(at).padStart(3, '0')}`;
}

/** A word without digits, as what varies in messages tells no kinds apart: as many as are asked for. */
function wordOf(at: number): string {
  return `${SYLLABLES[at % 20]}${SYLLABLES[Math.floor(at / 20) % 20]}m`;
}

/** Keeps times in every slot of every span: of as many types as are kept, each with as long times as with short ones. */
async function fillTimes(redis: string): Promise<void> {
  const client = connect(parseRedisUrl(redis), 'commands', { log: silentLog });
  defineScripts(client);
  const kept = { client, prefix: 'bq' };
  for (let type = 0; type < TYPES; type++) {
    const attempts = Array.from({ length: 100 }, (_, at) => {
      const durationMs = 1.15 ** at + type;
      const facts = { id: `of-${type}-${at}`, durationMs, waitedMs: durationMs * 2, totalMs: durationMs * 3 };
      return [type === 0 ? Send.type : `type-${type}`, facts] as const;
    });
    await keepAttempts(kept, QUEUE, attempts, `v${type % 10}`);
  }
  await spreadOverSpans(kept, QUEUE);
  await closeClient(client);
}

/** A worker to be looked at, that has run as much as it remembers. */
async function startWorker(redis: string): Promise<{ stop(): Promise<void> }> {
  const Seen = defineJob({ type: 'seen', queue: otherQueue(1), schema: z.number() });
  const producer = createProducer({ redis });
  const handlers = [handle(Seen, async () => null)];
  const worker = createWorker({ redis, concurrency: 20, handlers });
  await worker.start();
  const jobs = await producer.addMany(
    Seen,
    Array.from({ length: BATCH }, (_, at) => at),
  );
  const [id = ''] = jobs.slice(-1).map((job) => job.id);
  await producer.waitFor({ queue: otherQueue(1), id }, { timeoutMs: 60_000 });
  await producer.close();
  return worker;
}

/** Works until nothing waits. */
async function work(redis: string): Promise<void> {
  const handler = handle(Send, async ({ to, order }) => {
    if (to === 'nobody') throw new Error(`mailbox ${order} of ${wordOf(order % KINDS)} is full`);
  });
  const retention = { succeeded: { count: Number.POSITIVE_INFINITY } };
  const worker = createWorker({ redis, concurrency: 200, handlers: [handler], retention });
  const inspector = createInspector({ redis });
  await worker.start();
  for (;;) {
    const { waiting, active } = (await inspector.queue(QUEUE)).counts;
    if (waiting + active === 0) break;
    await systemClock.sleep(POLL_MS, NEVER);
  }
  await worker.stop();
  await inspector.close();
}

interface Monitor {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

async function startMonitor(redis: string): Promise<Monitor> {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const env = {
    PATH: process.env['PATH'] ?? '',
    REDIS_URL: redis,
    MONITOR_PORT: '0',
    NODE_ENV: 'production',
  };
  const child = spawn(process.execPath, [cli, 'start', '--monitor'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      pid: child.pid ?? 0,
      stop: async () => {
        child.kill();
        await ended;
      },
    };
  }
  throw new Error('the monitor ended before it listened');
}

/** Every page, by what it is called in the table. */
async function pagesOf(redis: string): Promise<Map<string, string>> {
  const inspector = createInspector({ redis });
  const deep = Math.floor(JOBS / 2);
  const at = async (state: 'waiting' | 'succeeded' | 'failed', cursor: number): Promise<string> =>
    (await inspector.jobs(QUEUE, { state, cursor: String(cursor), limit: 1 })).jobs[0]?.id ?? '';
  const [waiting, succeeded, failed] = [
    await at('waiting', deep),
    await at('succeeded', deep),
    await at('failed', 0),
  ];
  const [group] = (await inspector.failures.groups(QUEUE, { most: 1 })).groups;
  const kind = group?.fingerprint ?? '';
  await inspector.close();
  const list = `/arena/redis/${QUEUE}`;
  return new Map([
    ['overview', '/'],
    [LATER, '/'],
    ['overview, charts of a queue', `/?queue=${QUEUE}`],
    ['queue', `/queues/${QUEUE}`],
    ['queue, last day', `/queues/${QUEUE}?span=day`],
    ['queue, last 90 days', `/queues/${QUEUE}?span=90days`],
    ['type', `/queues/${QUEUE}/types/email.send`],
    ['type, last day', `/queues/${QUEUE}/types/type-3?span=day`],
    ['job, waiting in the middle', `/queues/${QUEUE}/jobs/${waiting}`],
    ['job, kept in the middle', `/queues/${QUEUE}/jobs/${succeeded}`],
    ['job, failed', `/queues/${QUEUE}/jobs/${failed}`],
    ['kind of failure', `/queues/${QUEUE}/failures/${kind}`],
    ['search form', '/search'],
    ['search, a hundred found', `/search?queue=${QUEUE}&state=succeeded&type=${Send.type}`],
    ['search, a value that none has', `/search?queue=${QUEUE}&state=waiting&path=to&value=none`],
    ['search, a sparse word', `/search?queue=${QUEUE}&state=failed&error=${wordOf(7)}`],
    ['search, a word that none has', `/search?queue=${QUEUE}&state=failed&error=absent`],
    ['search, an id', `/search?id=${failed}`],
    ['a small queue among many', `/queues/${otherQueue(100)}`],
    ['worker', `/workers/${encodeURIComponent(hostname())}`],
    ['workflows', `/workflows?queue=${QUEUE}`],
    ['runs', '/runs'],
    ['audit', '/audit'],
    ['audit, a word that none has', '/audit?text=absent'],
    ['Arena, queues', '/arena/'],
    ['Arena, queue', list],
    ['Arena, waiting', `${list}/waiting`],
    ['Arena, waiting, oldest first', `${list}/waiting?order=asc`],
    ['Arena, waiting, page in the middle', `${list}/waiting?page=${Math.ceil(deep / 100)}`],
    ['Arena, succeeded, page in the middle', `${list}/succeeded?page=${Math.ceil(deep / 100)}`],
    ['Arena, failed', `${list}/failed`],
    ['Arena, job', `${list}/${waiting}`],
    ['Arena, dump of 1,000', `${list}/waiting.json`],
    ['metrics', '/metrics'],
  ]);
}

/** What was asked of Redis, and what processes have used of the CPU in ms, since they began. */
interface Spent {
  commands: number;
  redisMs: number;
  monitorMs: number;
}

async function spentBy(client: RedisClient, pid: number): Promise<Spent> {
  const info = await client.info();
  const read = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  // Of Linux: the 14th and 15th field, in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return {
    commands: read('total_commands_processed'),
    redisMs: (read('used_cpu_user_main_thread') + read('used_cpu_sys_main_thread')) * 1_000,
    monitorMs: (Number(fields[11]) + Number(fields[12])) * 10,
  };
}

async function measurePages(
  { url: base, pid }: Monitor,
  pages: ReadonlyMap<string, string>,
  client: RedisClient,
): Promise<void> {
  const columns = [`median of ${ROUNDS}`, 'slowest', 'CPU of the monitor', 'CPU of Redis', 'commands', 'kB'];
  process.stdout.write(`load ${loadavg().map((one) => one.toFixed(1))}\n\n`);
  process.stdout.write(`| page | ${columns.join(' | ')} |\n|---|${'---|'.repeat(columns.length)}\n`);
  for (const [name, path] of pages) {
    const times: number[] = [];
    let bytes = 0;
    const before = await spentBy(client, pid);
    for (let round = 0; round < ROUNDS; round++) {
      if (name === LATER) await systemClock.sleep(PAUSE_MS, NEVER);
      const askedAt = systemClock.elapsed();
      const response = await fetch(base + path);
      bytes = (await response.arrayBuffer()).byteLength;
      times.push(systemClock.elapsed() - askedAt);
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    }
    const after = await spentBy(client, pid);
    const each = (what: keyof Spent): string => ((after[what] - before[what]) / ROUNDS).toFixed(1);
    const cells = [
      `${median(times).toFixed(1)} ms`,
      `${Math.max(...times).toFixed(1)} ms`,
      `${each('monitorMs')} ms`,
      `${each('redisMs')} ms`,
      each('commands'),
      String(Math.ceil(bytes / 1_000)),
    ];
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
  }
}

/** Changes of single jobs in the middle of what waits and of what is kept, each of them once per round. */
async function change(redis: string): Promise<void> {
  const inspector = createInspector({ redis });
  const limit = 4 * ROUNDS;
  const cursor = String(Math.floor(JOBS / 2));
  const { jobs: waiting } = await inspector.jobs(QUEUE, { state: 'waiting', cursor, limit });
  const { jobs: kept } = await inspector.jobs(QUEUE, { state: 'succeeded', cursor, limit });
  const { jobs: failed } = await inspector.jobs(QUEUE, { state: 'failed', limit });
  for (let round = 0; round < ROUNDS; round++) {
    await inspector.remove(QUEUE, waiting[round]?.id ?? '');
    await inspector.cancel(QUEUE, waiting[round + ROUNDS]?.id ?? '', 'bench');
    await inspector.archive(QUEUE, waiting[round + 2 * ROUNDS]?.id ?? '', 'bench');
    await inspector.remove(QUEUE, kept[round]?.id ?? '');
    await inspector.retry(QUEUE, failed[round]?.id ?? '');
  }
  await inspector.close();
}

async function main(): Promise<void> {
  const redis = await startRedis();
  const client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
  try {
    await add(redis.url, JOBS, false);
    await add(redis.url, FAILED, true);
    await work(redis.url);
    await add(redis.url, JOBS, false);
    await addQueues(redis.url);
    await fillTimes(redis.url);
    await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', String(SLOW_MS * 1_000));
    await client.call('SLOWLOG', 'RESET');
    const monitor = await startMonitor(redis.url);
    const worker = await startWorker(redis.url);
    await measurePages(monitor, await pagesOf(redis.url), client);
    await showSlow('pages');
    await change(redis.url);
    await showSlow('changes');
    await worker.stop();
    await monitor.stop();
  } finally {
    await closeClient(client);
    await redis.stop();
  }

  async function showSlow(what: string): Promise<void> {
    const slow = (await client.call('SLOWLOG', 'GET', '100')) as [number, number, number, string[]][];
    process.stdout.write(`\ncalls of ${what} that held Redis over ${SLOW_MS} ms: ${slow.length}\n`);
    for (const [, , micros, command] of slow) {
      process.stdout.write(
        `  ${(micros / 1_000).toFixed(1)} ms ${command.slice(0, 3).join(' ').slice(0, 80)}\n`,
      );
    }
    await client.call('SLOWLOG', 'RESET');
  }
}

await main();
