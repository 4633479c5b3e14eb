import Bull from 'bull';
import { Queue as BullMqQueue, Worker as BullMqWorker } from 'bullmq';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from './log.ts';
import { redisUrl } from './redis.ts';
import { until } from './wait.ts';

/** A queue of BullMQ, and what else a spec needs of it; everything is closed together. */
export interface SpecBullMq {
  readonly queue: BullMqQueue;
  readonly client: RedisClient;
  /** Adds jobs of these names that fail for good, and waits until they have. */
  fail(...names: string[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a queue of BullMQ on the Redis that the specs share. */
export function openBullMq(name: string): SpecBullMq {
  const client = connect(parseRedisUrl(redisUrl()), 'blocking', { log: silentLog });
  // It takes any client of ioredis, and is typed by the version that it was built with.
  const connection = client as never;
  const queue = new BullMqQueue(name, { connection });
  return {
    queue,
    client,
    fail: async (...names) => {
      for (const one of names) await queue.add(one, one, { attempts: 2 });
      const break_ = async (): Promise<never> => {
        throw new Error('no such card');
      };
      const worker = new BullMqWorker(name, break_, { connection, drainDelay: 1 });
      await until(async () => (await queue.getFailedCount()) === names.length, 'they have failed');
      await worker.close();
    },
    close: async () => {
      await queue.close();
      await closeClient(client);
    },
  };
}

/** Opens a queue of Bull there. */
export function openBull(name: string): Bull.Queue {
  const { hostname: host, port } = new URL(redisUrl());
  return new Bull(name, { redis: { host, port: Number(port) } });
}
