import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { type QueueLimits, writeLimits } from '../../lib/engine/limits/limits.ts';
import { defineScripts } from '../../lib/engine/scripts.ts';
import { RetryLater } from '../../lib/index.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createProducer, createWorker } from '../../lib/open.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from './log.ts';
import { until } from './wait.ts';

/** The types that a key of a slip may have; `stream` stands for whatever a queue never uses. */
export const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream'] as const;

/** One of {@link TYPES}. */
export type KeyType = (typeof TYPES)[number];

/** A producer and a worker at work over a queue, the keys of which get into trouble. */
export interface TroubledQueue {
  readonly keys: QueueKeys;
  /** The errors told by worker and producer since the last look. */
  readonly told: string[];
  /** Those of them that are about a type and name no key of the queue. */
  readonly unnamed: string[];
  /** How many attempts have ended. */
  readonly ended: number;
  /** The keys that the worker claims under, which it makes up. */
  claims(): Promise<string[]>;
  /** Replaces a key by one of a type while something goes on, and puts it back as it was; false when it has that type. */
  breakKey(key: string, type: KeyType, during: () => Promise<unknown>): Promise<boolean>;
  /** Ends the traffic, and waits until all that was acknowledged has ended; resolves with what has not. */
  drain(): Promise<{ acknowledged: number; open: string[] }>;
  close(): Promise<void>;
}

const MAKE: Record<KeyType, string> = {
  string: "redis.call('SET', KEYS[1], 'x')",
  list: "redis.call('RPUSH', KEYS[1], 'x')",
  set: "redis.call('SADD', KEYS[1], 'x')",
  zset: "redis.call('ZADD', KEYS[1], 1, 'x')",
  hash: "redis.call('HSET', KEYS[1], 'x', 'y')",
  stream: "redis.call('XADD', KEYS[1], '*', 'x', 'y')",
};
const PUT_BACK = `
redis.call('DEL', KEYS[1])
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end`;
const DRAIN_MS = 300_000;
const HOWS = ['done', 'again', 'later', 'failed', 'unique', 'delayed'] as const;

/** Starts the traffic: jobs that succeed, fail and are retried, are put off, delayed, unique and keyed. */
export async function troubledQueue(url: string, limits: QueueLimits | null = null): Promise<TroubledQueue> {
  const queue = testQueueName();
  const keys = queueKeys('bq', queue, false);
  const client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
  defineScripts(client);
  const told: string[] = [];
  let ended = 0;
  const Job = defineJob({
    type: 'job',
    queue,
    schema: z.enum(HOWS),
    retries: 1,
    backoff: { type: 'fixed', delayMs: 50 },
  });
  const handler = handle(Job, (how, { attempt }) => {
    if (how === 'failed' || (how === 'again' && attempt === 1)) throw new Error('no luck');
    if (how === 'later' && systemClock.random() < 0.5) throw new RetryLater(30);
  });
  const retention = {
    succeeded: { count: Number.POSITIVE_INFINITY },
    failed: { count: Number.POSITIVE_INFINITY },
  };
  const worker = createWorker({ redis: url, handlers: [handler], concurrency: 4, retention });
  for (const event of ['job:succeeded', 'job:failed', 'job:retried', 'job:snoozed'] as const) {
    worker.events.on(event, () => {
      ended++;
    });
  }
  worker.events.on('duty:failed', ({ error }) => told.push(error.message));
  const producer = createProducer({ redis: url });
  if (limits) await writeLimits(client, keys, { limits, by: 'spec', at: 1 });
  await worker.start();

  const acknowledged: string[] = [];
  const ending = new AbortController();
  const add = async (at: number): Promise<void> => {
    const how = HOWS[at % HOWS.length] ?? 'done';
    const key = at % 2 === 0 ? { key: `k${at % 5}` } : {};
    const unique = how === 'unique' ? { unique: { key: `u${at % 7}` } } : {};
    const delay = how === 'delayed' ? { delayMs: 40 } : {};
    const added = await producer
      .add(Job, how, { ...key, ...unique, ...delay, cost: 1 + (at % 2) })
      .catch((error: Error) => {
        told.push(error.message);
      });
    if (added) acknowledged.push(added.id);
  };
  const adding = (async () => {
    for (let at = 0; !ending.signal.aborted; at++) {
      await add(at);
      await systemClock.sleep(5, ending.signal);
    }
  })();

  const open = async (): Promise<string[]> => {
    const ids = [...new Set(acknowledged)];
    const [inSucceeded, inFailed] = await Promise.all([
      client.smismember(keys.succeeded, ...ids),
      client.smismember(keys.failed, ...ids),
    ]);
    return ids.filter((_id, at) => inSucceeded[at] !== 1 && inFailed[at] !== 1);
  };
  const isDrained = async (): Promise<boolean> => {
    const lists = [keys.waiting, keys.moved, keys.active, keys.front].map((key) => client.llen(key));
    const sorted = [keys.delayed, keys.turns, keys.pending].map((key) => client.zcard(key));
    return (await Promise.all([...lists, ...sorted])).every((count) => count === 0);
  };
  return {
    keys,
    told,
    get unnamed() {
      const start = keys.jobs.slice(0, -'jobs'.length);
      return told.filter((text) => text.includes('WRONGTYPE') && !text.includes(start));
    },
    get ended() {
      return ended;
    },
    claims: () => client.keys(`${keys.claims('')}*`),
    breakKey: async (key, type, during) => {
      if ((await client.type(key)) === type) return false;
      told.length = 0;
      const aside = `aside:${key}`;
      const broke = `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end ${MAKE[type]}`;
      await client.eval(broke, 2, key, aside);
      try {
        await during();
      } finally {
        await client.eval(PUT_BACK, 2, key, aside);
      }
      return true;
    },
    drain: async () => {
      ending.abort();
      await adding;
      await until(isDrained, 'nothing waits any more', DRAIN_MS).catch(() => undefined);
      return { acknowledged: new Set(acknowledged).size, open: await open() };
    },
    close: async () => {
      ending.abort();
      await adding;
      await Promise.all([worker.stop(), producer.close()]);
      await closeClient(client);
    },
  };
}

/** The keys that taking, settling and adding touch, whose type each queue has but one of. */
export function hotKeys(keys: QueueKeys): string[] {
  const { waiting, active, delayed, jobs, succeeded, succeededOrder, failed, failedOrder } = keys;
  const { workers, meta, stats, losses, stalling, cancelled, uniques, moved, revoked, claimNames } = keys;
  const lists = [waiting, active, delayed, jobs, succeeded, succeededOrder, failed, failedOrder];
  const noted = [losses, stalling, cancelled, revoked, claimNames];
  return [...lists, moved, workers, meta, stats, ...noted, uniques, keys.lock('u1')];
}

/** Those that limits add. */
export function limitKeys(keys: QueueKeys): string[] {
  const { front, turns, pending, rates, slots, busy, costs } = keys;
  return [front, turns, pending, rates, slots, busy, costs, keys.line('k2'), keys.line('')];
}
