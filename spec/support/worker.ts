import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Queries } from '../../lib/engine/queries/queries.ts';
import { Store } from '../../lib/engine/store/store.ts';
import { type BoundHandler, defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import type { Logger } from '../../lib/logger.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { Worker } from '../../lib/worker/worker.ts';
import type { WorkerOptions } from '../../lib/worker/worker-options.ts';
import { silentLog } from './log.ts';
import { redisUrl } from './redis.ts';

/** What a spec says of its worker. */
export interface SpecWorkerOptions extends Partial<WorkerOptions> {
  handlers: readonly BoundHandler[];
  /** Default: the Redis that the specs share. */
  url?: string;
  log?: Logger;
  clock?: Clock;
}

/** Queues of a spec, its workers, and what it needs to look at them; everything is closed together. */
export interface SpecWorkers {
  /** A name of a queue that no other spec has. */
  readonly queue: string;
  readonly client: RedisClient;
  readonly producer: Producer;
  /** A worker that is not started yet; by default for the queue of the spec, with 4 slots and 5 s of patience. */
  worker(options: SpecWorkerOptions): Worker;
  /** A handler for jobs of the type `job` in the queue of the spec, whose data may be anything. */
  handler(run: (data: never, ctx: JobContext) => unknown): BoundHandler;
  /** Adds jobs of the type `job` with these data; resolves with their ids. */
  add(...data: unknown[]): Promise<string[]>;
  store(queue?: string): Store;
  queries(queue?: string): Queries;
  /** The data of what waits, the next to run first. */
  waiting(): Promise<unknown[]>;
  close(): Promise<void>;
}

/** Opens what a spec of workers needs, on the Redis that the specs share or another. */
export function openWorkers(url: string = redisUrl()): SpecWorkers {
  const queue = testQueueName();
  const clients: RedisClient[] = [];
  const workers: Worker[] = [];
  const open = (at: string): RedisClient => {
    const client = connect(parseRedisUrl(at), 'commands', { log: silentLog });
    clients.push(client);
    return client;
  };
  const client = open(url);
  const definition = defineJob({ type: 'job', queue, schema: z.any(), retries: 0 });
  const producer = new Producer({ client });
  const queries = (name = queue): Queries => new Queries(client, queueKeys('bq', name, false));
  return {
    queue,
    client,
    producer,
    worker: ({ handlers, url: at = url, log = silentLog, clock, ...options }) => {
      const worker = new Worker(
        { client: open(at), handlers, log, ...(clock ? { clock } : {}) },
        {
          queues: [{ name: queue, weight: 1 }],
          concurrency: 4,
          strictPriority: false,
          prefix: 'bq',
          shutdownTimeoutMs: 5_000,
          ...options,
        },
      );
      workers.push(worker);
      return worker;
    },
    handler: (run) => handle(definition, run as (data: unknown, ctx: JobContext) => unknown),
    add: async (...data) => (await producer.addMany(definition, data)).map(({ id }) => id),
    store: (name = queue) => new Store(client, queueKeys('bq', name, false)),
    queries,
    waiting: async () => (await queries().page('waiting', 0, 1_000, false)).map(({ record }) => record.data),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(clients.map(closeClient));
    },
  };
}
