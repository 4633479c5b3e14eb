// A worker of a crew, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, CONCURRENCY, DEED,
// LEASE_THREAD, ATTRIBUTES_ERRORS, ISOLATES: whether it has isolated handlers too, and LOGS: whether it prints its log too, from `info` up.
// It prints one line per fact: `ran`, `settled`, `fenced` with the job's id, `recovered` with a reason and an id, `blocked`
// with for how long and the ids of what ran, `blocker` with the id of what blocked and the place in the code, `uncaught` with the id of the job whose error nobody handled.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { systemClock } from '../../lib/clock.ts';
import { RetryLater } from '../../lib/errors.ts';
import { handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';
import { type Deed, isolatedToil, toil } from './crew-job.ts';
import { moduleUrl } from './program.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', CONCURRENCY = '', DEED = 'work' } = process.env;
const { LEASE_THREAD = 'true', ATTRIBUTES_ERRORS = 'true', LOGS = 'false', ISOLATES = 'false' } = process.env;

const DEEDS: Record<Deed, (forMs: number, signal: AbortSignal) => unknown> = {
  work: (forMs) => systemClock.sleep(forMs, new AbortController().signal),
  hang: () => new Promise(() => {}),
  heed: (_forMs, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  die: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(1),
  abort: () => process.abort(),
  exhaust: () => {
    for (const held: unknown[] = []; ; ) held.push(new Array(100_000).fill(held.length));
  },
  putOff: (forMs) => {
    if (systemClock.random() < 2 / 3) throw new RetryLater(forMs);
  },
  throwLater: (forMs) => later(forMs, () => fail('thrown in a timer')),
  rejectLater: (forMs) => later(forMs, () => void Promise.reject(new Error('rejected'))),
  emitError: (forMs) => later(forMs, () => new EventEmitter().emit('error', new Error('emitted'))),
  throwElsewhere: (forMs) => later(forMs, () => (throwsElsewhere = true)),
  compute: async (forMs) => {
    await systemClock.sleep(100, new AbortController().signal);
    return hashFor(forMs);
  },
  blockNatively: (forMs) => sleepNatively(forMs),
  blockAndExit: (forMs) => {
    sleepNatively(forMs);
    process.exit(3);
  },
  block: (forMs) => pause(forMs),
};

function pause(ms: number): string {
  return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function hashFor(ms: number): string {
  const end = systemClock.elapsed() + ms;
  let hash = 'seed';
  while (systemClock.elapsed() < end) {
    hash = createHash('sha256').update(hash).digest('hex');
    // The loop is as blocked by a little computing as by much of it, and other specs need the core.
    pause(10);
  }
  return hash;
}

function sleepNatively(ms: number): void {
  spawnSync('sleep', [String(ms / 1_000)]);
}

let throwsElsewhere = false;
setInterval(() => {
  if (!throwsElsewhere) return;
  throwsElsewhere = false;
  fail('thrown elsewhere');
}, 10).unref();

function later(ms: number, then: () => void): Promise<never> {
  setTimeout(then, ms);
  return new Promise(() => {});
}

function fail(message: string): never {
  throw new Error(message);
}

const isolated = () =>
  handle(isolatedToil, new URL(moduleUrl('spec/support/handlers/isolated.ts')), { isolate: 'thread' });

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: Number(CONCURRENCY),
  shutdownTimeoutMs: 10_000,
  attributesErrors: ATTRIBUTES_ERRORS === 'true',
  ...(LOGS === 'true' && { log: console }),
  leaseThread: LEASE_THREAD === 'true',
  handlers: [
    handle(toil, async ({ forMs, deed = DEED as Deed }, { id, signal }) => {
      tell('ran', id);
      await DEEDS[deed](forMs, signal);
    }),
    ...(ISOLATES === 'true' ? [isolated()] : []),
  ],
});
worker.events.on('job:succeeded', ({ id }) => tell('settled', id));
worker.events.on('job:failed', ({ id }) => tell('settled', id));
worker.events.on('job:fenced', ({ id }) => tell('fenced', id));
worker.events.on('jobs:recovered', ({ ids, reason }) => {
  for (const id of ids) tell('recovered', reason, id);
});
worker.events.on('loop:blocked', ({ blockedMs, jobs, by, at }) => {
  tell('blocked', String(blockedMs), ...jobs.map(({ id }) => id));
  tell('blocker', by?.id ?? 'nobody', at ?? 'nowhere');
});
process.on('uncaughtException', (error) => {
  worker.abandon(error).then((job) => {
    tell('uncaught', job?.id ?? 'nobody');
    process.exit(1);
  });
});
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
tell('ready');
