import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { shardName } from '../../lib/shards/route.ts';
import { redisUrl } from './redis.ts';
import { until } from './wait.ts';

/** Whose keys are watched: those of a queue with so many shards, on the Redis that the specs share. */
export interface WatchedQueue {
  prefix: string;
  queue: string;
  shards: number;
}

/** Sees of which keys of the shards of a queue commands are about, whoever sends them. */
export interface WatchedKeys {
  /** The names of the keys of each shard that were named meanwhile, such as `waiting`, by the number of the shard. */
  during(act: () => Promise<unknown>): Promise<ReadonlySet<string>[]>;
  close(): Promise<void>;
}

/** Begins to watch. */
export async function watchKeys({ prefix, queue, shards }: WatchedQueue): Promise<WatchedKeys> {
  const client = new Redis(redisUrl());
  // It watches over a connection of its own.
  const watching = await client.monitor();
  let seen: string[][] = [];
  watching.on('monitor', (_time: string, words: string[]) => seen.push(words));
  const starts = Array.from({ length: shards }, (_, at) => `${prefix}:${shardName(queue, at)}:`);
  return {
    during: async (act) => {
      await told(client, () => seen);
      seen = [];
      await act();
      await told(client, () => seen);
      const words = seen.flat();
      return starts.map((start) => {
        const keys = words.filter((word) => word.startsWith(start));
        return new Set(keys.map((key) => key.slice(start.length).split(':')[0] ?? ''));
      });
    },
    close: async () => {
      watching.disconnect();
      client.disconnect();
    },
  };
}

/** Waits until all is seen that was sent before. */
async function told(client: Redis, seen: () => readonly string[][]): Promise<void> {
  const mark = randomUUID();
  await client.exists(mark);
  await until(() => seen().some((words) => words.includes(mark)), 'what was sent is seen');
}
