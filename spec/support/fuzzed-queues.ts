import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { type BoundHandler, defineJob, handle } from '../../lib/jobs/define.ts';
import { handleGroup } from '../../lib/jobs/handle-group.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { createApi } from '../../lib/server/api/api.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { Worker } from '../../lib/worker/worker.ts';
import { type HurriedClock, hurriedClock } from './hurried-clock.ts';
import { type LogRecord, recordingLog } from './log.ts';
import { openMonitor, type SpecMonitor } from './monitor.ts';
import { everyKey, type KeyOfKind } from './wrong-keys.ts';

/** A queue of which one key is replaced by garbage. */
export interface FuzzedQueue {
  readonly name: string;
  /** The key of this kind; that of claims is of the worker that runs. */
  key(kind: string): Promise<KeyOfKind>;
  /** Adds jobs of all sorts, those that come to have a key of this kind among them. */
  fill(kind: string): Promise<void>;
  /** Does what users do; resolves with the id of a plain job, or null where it was refused. */
  use(): Promise<string | null>;
}

/** Some queues, and one that is left as it is: a worker, a monitor and an API serve all of them. */
export interface FuzzedQueues extends Omit<SpecMonitor, 'close'> {
  readonly queues: readonly FuzzedQueue[];
  /** The name of the one that is left as it is; the worker sees to it after all others. */
  readonly good: string;
  readonly worker: Worker;
  readonly clock: HurriedClock;
  readonly api: Listener;
  readonly records: LogRecord[];
  /** How often each job has begun, by its queue and id. */
  readonly begun: Map<string, number>;
  /** What the worker was refused, in words, by queue. */
  readonly troubles: Map<string, Set<string>>;
  /** Lets all handlers end that wait for it. */
  release(): void;
  /** Adds a plain job. */
  add(queue: string): Promise<string>;
  close(): Promise<void>;
}

const GOOD = 'good';
const MOST_PER_SECOND = 1_000;

/** Opens so many on a Redis that nobody else has. */
export async function openFuzzedQueues(url: string, count: number): Promise<FuzzedQueues> {
  const { log, records } = recordingLog();
  let elapsedMs = 0;
  // No fact is fresh: each page is read anew.
  const elapsed = (): number => {
    elapsedMs += 60_000;
    return elapsedMs;
  };
  const monitor = await openMonitor({ redis: url, log, clock: { ...systemClock, elapsed } });
  const { inspector, producer, prefix } = monitor;
  const deps = {
    inspector,
    producer,
    health: createHealth({ checks: {} }),
    keys: [],
    definitions: new Map(),
    log,
  };
  const api = await listen({
    handler: createApi(deps),
    role: 'api',
    host: '127.0.0.1',
    port: 0,
    variable: 'API_PORT',
  });
  const names = Array.from({ length: count }, (_, at) => `q${at}`);
  const waiting: (() => void)[] = [];
  const begun = new Map<string, number>();
  const handlers = [...names, GOOD].flatMap((queue) => handlersOf(queue, { waiting, begun }));
  const clock = hurriedClock();
  const client = connect(parseRedisUrl(url), 'commands', { log });
  const worker = new Worker(
    { client, handlers, log, clock, close: () => closeClient(client) },
    {
      queues: [...names, GOOD].map((name) => ({ name, weight: 1 })),
      concurrency: 1_000,
      strictPriority: false,
      prefix,
      shutdownTimeoutMs: 1_000,
      leaseThread: false,
    },
  );
  const troubles = new Map<string, Set<string>>();
  worker.events.on('duty:failed', ({ queue, error }) => {
    const told = troubles.get(queue ?? '') ?? new Set();
    troubles.set(queue ?? '', told.add(error.message));
  });
  await worker.start();
  const add = async (queue: string): Promise<string> =>
    (await producer.addRaw({ type: `ok.${queue}`, queue, data: 1, options: { retries: 0 } })).id;
  return {
    ...monitor,
    queues: names.map((name) => fuzzedQueue(name, monitor, add)),
    good: GOOD,
    ...{ worker, clock, api, records, begun, troubles, add },
    release: () => {
      for (const end of waiting.splice(0)) end();
    },
    close: async () => {
      for (const end of waiting.splice(0)) end();
      await worker.stop();
      await api.close(0);
      await monitor.close();
    },
  };
}

function typeOf(queue: string, name: string) {
  return defineJob({ type: `${name}.${queue}`, queue, schema: z.any(), retries: 0 });
}

/** Types are of all queues, so each queue has types of its own. */
function handlersOf(
  queue: string,
  { waiting, begun }: { waiting: (() => void)[]; begun: Map<string, number> },
): BoundHandler[] {
  const note = ({ id }: { id: string }): void => {
    const name = `${queue} ${id}`;
    begun.set(name, (begun.get(name) ?? 0) + 1);
  };
  const Member = defineJob({
    ...{ type: `member.${queue}`, queue, schema: z.any(), retries: 0 },
    group: { graceMs: 200 },
  });
  return [
    handle(typeOf(queue, 'ok'), (_data, ctx) => note(ctx)),
    handle(typeOf(queue, 'bad'), (_data, ctx) => {
      note(ctx);
      throw new Error('no luck');
    }),
    handle(typeOf(queue, 'held'), async (_data, ctx) => {
      note(ctx);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }),
    handle(typeOf(queue, 'awaits'), async (_data, ctx) => {
      note(ctx);
      await ctx.waitFor('go', { timeoutMs: 600_000 });
    }),
    handleGroup(Member, (_jobs, ctx) => note(ctx)),
  ];
}

function fuzzedQueue(
  queue: string,
  { client, inspector, producer, prefix }: SpecMonitor,
  addPlain: (queue: string) => Promise<string>,
): FuzzedQueue {
  const keys = queueKeys(prefix, queue, false);
  const all = new Map(everyKey(prefix, queue).map((one) => [one.kind, one]));
  let named: Record<string, string> = {};
  const add = async (name: string, options: object = {}): Promise<string> =>
    (await producer.addRaw({ type: `${name}.${queue}`, queue, data: 1, options: { retries: 0, ...options } }))
      .id;
  const ok = jobFor(typeOf(queue, 'ok'), 1);
  const tieJobs = async (): Promise<void> => {
    await client.del(keys.batch('x'), keys.flow('x'));
    await producer.addChain([ok, ok]);
    await producer.addBatch({ id: 'x', jobs: [ok, jobFor(typeOf(queue, 'bad'), 1)], last: ok });
    await producer.addWorkflow(
      ({ job }) => {
        const first = job('first', typeOf(queue, 'ok'), 1);
        const second = job('second', typeOf(queue, 'bad'), 1, { after: [first] });
        job('third', typeOf(queue, 'ok'), 1, { after: [second] });
      },
      { id: 'x' },
    );
  };
  const uses = async (): Promise<(() => Promise<unknown>)[]> => [
    () => add('ok', { key: 'x', cost: 2 }),
    () => add('ok', { unique: { key: 'x' } }),
    () => add('ok', { delayMs: 1 }),
    () => add('member', { group: 'x' }),
    () => inspector.signal(queue, named['awaits'] ?? '', 'go'),
    () => inspector.retry(queue, named['failed'] ?? ''),
    () => inspector.cancel(queue, named['held'] ?? '', 'spec', { reason: 'enough' }),
    () => inspector.remove(queue, named['later'] ?? ''),
  ];
  return {
    name: queue,
    key: async (kind) => {
      const found = all.get(kind);
      if (!found) throw new Error(`there is no kind ${kind} of keys`);
      if (kind === 'group') return { ...found, key: keys.group(`member.${queue}:x`) };
      const [incarnation = 'x'] = kind === 'claims' ? await client.zrange(keys.workers, 0, '-1') : [];
      return kind === 'claims' ? { ...found, key: keys.claims(incarnation) } : found;
    },
    fill: async (kind) => {
      const hasLimits = LIMITED.has(kind);
      if (hasLimits) {
        const rate = { count: MOST_PER_SECOND, perMs: 1_000 };
        const limits = { concurrency: 100, perKey: { concurrency: 5, rate }, fair: true, agingMs: 60_000 };
        await inspector.limits.set(queue, limits, 'spec');
      }
      await inspector.events.record(queue, true);
      named = {
        failed: await add('bad', { retention: { failedMs: 600_000 } }),
        held: await add('held'),
        awaits: await add('awaits'),
        later: await add('ok', { delayMs: 3_600_000 }),
      };
      await add('ok', { key: 'x', cost: 3 });
      if (hasLimits) await add('ok', { priority: 2 });
      await add('bad', { retries: 1, backoff: { type: 'fixed', delayMs: 1 } });
      await add('ok', { unique: { key: 'x' } });
      await add('member', { group: 'x' });
      if (TIED.has(kind)) await tieJobs();
      await producer.schedules.putRaw({ name: 'x', queue, type: `ok.${queue}`, everyMs: 3_600_000, data: 1 });
      await client.zadd(keys.scheduleTicks, 'XX', Date.now(), 'x');
      await inspector.log(queue, named['held'] ?? '', { by: 'spec', message: 'looked at' });
    },
    use: async () => {
      const id = await addPlain(queue).catch(() => null);
      for (const one of await uses()) await one().catch(() => null);
      return id;
    },
  };
}

/** Where there are limits: with the keys that only limits use, and some others. */
const LIMITED: ReadonlySet<string> = new Set([
  ...['front', 'turns', 'pending', 'rates', 'slots', 'busy', 'costs', 'waitingSince', 'aging', 'line'],
  ...['meta', 'moved', 'losses', 'cancelled', 'claims'],
]);

/** Where there are chains, batches and workflows. */
const TIED: ReadonlySet<string> = new Set([
  ...['batches', 'batchIndex', 'steps', 'flowIndex', 'batch', 'flow', 'handovers', 'handed', 'handOver'],
  ...['jobs', 'waiting', 'failed', 'succeeded'],
]);
