import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { createProducer, defineJob, type Producer } from '../../lib/index.ts';
import type { Stack, StackOptions } from './stack.ts';

/** One way to break a stack. */
export interface Break {
  /** The alert that is to tell of it. */
  alert: string;
  /** What is done, in words. */
  what: string;
  /** The values of the label `queue` or `job` of which each is to be told; one of any kind when left out. */
  of?: readonly string[];
  /** Whether our own alerts are to tell of it as well, where they have such a rule; default true. */
  isHeard?: boolean;
  run(stack: Stack): Promise<void>;
}

/** A stack, and what is done to it, one after the other or all at once. */
export interface Scenario {
  stack: StackOptions;
  inTurn: boolean;
  breaks: readonly Break[];
}

const FILLER = 'x'.repeat(64 * 1_024);
const FILLERS = 400;
const SHORT_MS = 1_000;
const LONG_MS = 3_600_000;
const schema = z.object({});
const Digest = defineJob({ type: 'digest', queue: 'grouped', schema, group: { graceMs: 1_000 } });
const UNSERVED = ['mail', 'later', 'grouped', 'scheduled'];

/** Everything that the shipped rules tell of. */
export const SCENARIOS: readonly Scenario[] = [
  {
    stack: {
      name: 'jobs',
      roles: [
        { name: 'worker', role: 'worker', queues: 'fail=1,deaf=1' },
        { name: 'dying worker', role: 'worker', queues: 'die=1' },
        { name: 'its survivor', role: 'worker', queues: 'die=1' },
        { name: 'lagging worker', role: 'worker', queues: 'lag=1' },
        { name: 'worker that is not enough', role: 'worker', queues: 'grow=1' },
        { name: 'worker that sends', role: 'worker', queues: 'webhooks=1' },
        { name: 'api', role: 'api' },
        { name: 'monitor', role: 'monitor' },
      ],
    },
    inTurn: false,
    breaks: [
      {
        alert: 'ApiaryQueueStalls',
        what: 'a job each waiting, delayed, grouped and scheduled in queues without a worker',
        of: UNSERVED,
        run: (stack) => producing(stack, leaveUnserved),
      },
      {
        alert: 'ApiaryQueueUnserved',
        what: 'the same jobs',
        of: UNSERVED,
        run: async () => {},
      },
      {
        alert: 'ApiaryQueueGrows',
        what: 'a schedule that adds a job each second to a queue of which none ends',
        of: ['grow'],
        run: (stack) => producing(stack, addEachSecond),
      },
      {
        alert: 'ApiaryDeadLettersGrow',
        what: 'a job that fails for good',
        of: ['fail'],
        run: adding('fail'),
      },
      {
        alert: 'ApiaryHandlerStuck',
        what: 'a handler that does not listen to its signal',
        of: ['deaf'],
        run: adding('deaf', SHORT_MS),
      },
      {
        alert: 'ApiaryWorkersDie',
        what: 'a job that kills one of two workers',
        of: ['die'],
        run: killAWorker,
      },
      { alert: 'ApiaryEventLoopLags', what: 'a handler that computes without a pause', run: adding('lag') },
      {
        alert: 'ApiaryProcessDown',
        what: 'the api ended, so that the DNS forgets it, and the monitor stopped by SIGSTOP',
        of: ['apiary-api', 'apiary-monitor'],
        run: async (stack) => {
          await stack.remove('api');
          stack.process('monitor').kill('SIGSTOP');
        },
      },
    ],
  },
  {
    stack: {
      name: 'full',
      env: { REDIS_MAXMEMORY: '8mb' },
      roles: [{ name: 'api', role: 'api' }],
    },
    inTurn: false,
    breaks: [
      {
        alert: 'ApiaryRedisNearlyFull',
        what: 'Redis of REDIS_MAXMEMORY=8mb filled up',
        // Nothing can be added by then, and so nothing be sent.
        isHeard: false,
        run: fill,
      },
    ],
  },
  {
    stack: { name: 'evicting', env: { REDIS_MAXMEMORY: '8mb' }, roles: [{ name: 'api', role: 'api' }] },
    inTurn: false,
    breaks: [
      {
        alert: 'ApiaryRedisEvicts',
        what: 'maxmemory-policy allkeys-lru, and more written than there is room for',
        run: async (stack) => {
          await asking(stack, (redis) => redis.config('SET', 'maxmemory-policy', 'allkeys-lru'));
          await fill(stack);
        },
      },
    ],
  },
  {
    stack: {
      name: 'outbox',
      roles: [{ name: 'monitor', role: 'monitor', env: { OUTBOX_URL: 'postgres://127.0.0.1:9/none' } }],
    },
    inTurn: false,
    breaks: [
      {
        alert: 'ApiaryOutboxStandsStill',
        what: 'a database of the outbox that is not there',
        run: async () => {},
      },
    ],
  },
  {
    stack: {
      name: 'away',
      roles: [
        { name: 'worker', role: 'worker' },
        { name: 'api', role: 'api' },
      ],
    },
    inTurn: true,
    breaks: [
      {
        alert: 'ApiaryRedisAppendFails',
        what: 'files of Redis bounded to what they have, as a full disk does',
        run: async (stack) => {
          const pid = String(stack.process('redis').pid);
          const { status, stderr } = spawnSync('prlimit', ['--pid', pid, '--fsize=1024'], {
            encoding: 'utf8',
          });
          if (status !== 0) throw new Error(`prlimit: ${stderr}`);
          await fill(stack);
        },
      },
      {
        alert: 'ApiaryDutiesFail',
        what: 'the same Redis, which refuses what workers write',
        run: async () => {},
      },
      {
        alert: 'ApiaryRedisAway',
        what: 'Redis killed',
        run: async (stack) => stack.process('redis').kill('SIGKILL'),
      },
      {
        alert: 'ApiaryAbsent',
        what: 'every process ended',
        run: async (stack) => {
          await Promise.all([stack.remove('worker'), stack.remove('api')]);
        },
      },
    ],
  },
];

function adding(type: string, timeoutMs = LONG_MS): (stack: Stack) => Promise<void> {
  return (stack) =>
    producing(stack, async (producer) => {
      await producer.addRaw({ type, queue: type, data: {}, options: { retries: 0, timeoutMs } });
    });
}

async function killAWorker(stack: Stack): Promise<void> {
  const data = { marker: join(stack.folder, 'died') };
  await producing(stack, async (producer) => {
    await producer.addRaw({ type: 'die', queue: 'die', data, options: {} });
  });
}

async function leaveUnserved(producer: Producer): Promise<void> {
  await producer.addRaw({ type: 'any', queue: 'mail', data: {}, options: {} });
  await producer.addRaw({ type: 'any', queue: 'later', data: {}, options: { delayMs: 1_000 } });
  await producer.add(Digest, {}, { group: 'ada' });
  await producer.schedules.putRaw({
    ...{ type: 'any', queue: 'scheduled', name: 'each-second' },
    ...{ everyMs: 1_000, data: {} },
  });
}

async function addEachSecond({ schedules }: Producer): Promise<void> {
  await schedules.putRaw({ type: 'grow', queue: 'grow', name: 'each-second', everyMs: 1_000, data: {} });
}

/** Writes until it is refused, or more than there is room for. */
async function fill(stack: Stack): Promise<void> {
  await asking(stack, async (redis) => {
    try {
      for (let at = 0; at < FILLERS; at++) await redis.set(`filler:${at}`, FILLER);
      for (let size = FILLER.length; size >= 1_024; size /= 2)
        await redis.set(`last:${size}`, 'x'.repeat(size));
    } catch {
      // Refused: so it is full.
    }
  });
}

async function producing(stack: Stack, use: (producer: Producer) => Promise<void>): Promise<void> {
  const producer = createProducer({ redis: stack.redisUrl });
  try {
    await use(producer);
  } finally {
    await producer.close();
  }
}

async function asking(stack: Stack, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(stack.redisPort, '127.0.0.1');
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}
