import { createRequire } from 'node:module';
import { Queue } from '../../lib/engine/bee/queue.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import type { StockJob, StockQueue } from './queues.ts';
import { redisUrl } from './redis.ts';

/** A job of either kind, as far as steps ask of it. */
export interface EitherJob extends StockJob {
  remove(): Promise<unknown>;
  reportProgress(progress: unknown): Promise<unknown>;
  isInSet(set: string): Promise<boolean>;
}

/** A queue of either kind, as far as steps ask of it. */
export interface EitherQueue extends Omit<StockQueue, 'process' | 'createJob' | 'getJob' | 'getJobs'> {
  readonly settings: { redis: object; keyPrefix: string };
  readonly running?: number;
  createJob(data: unknown): EitherJob;
  getJob(id: string): Promise<EitherJob | null>;
  getJobs(state: string, page?: object): Promise<EitherJob[]>;
  saveAll(jobs: Iterable<StockJob>): Promise<Map<StockJob, Error>>;
  process(concurrency: number | string, handler: (job: EitherJob) => unknown): unknown;
  destroy(): Promise<unknown>;
  toKey(name: string): string;
  _commandable(
    needsBlocking?: boolean,
  ): Promise<{ hlen(key: string, done: (error: unknown, length: number) => void): unknown }>;
}

/** The class of jobs that bee-queue does not export, and programs import all the same. */
export type StockJobClass = {
  new (queue: EitherQueue, id: string | null, data: unknown, options?: object): EitherJob;
  fromId(queue: EitherQueue, id: string): Promise<EitherJob | null>;
};

/** Makes queues of one kind on the shared Redis. */
export interface QueueMaker {
  readonly kind: 'stock' | 'ours';
  /** The name of its queues, when steps do not give another. */
  readonly name: string;
  make(settings?: object, name?: string): EitherQueue;
}

const require = createRequire(import.meta.url);
const Stock = require('bee-queue') as new (name: string, settings: object) => EitherQueue;
// The steps are written against bee-queue's interface, which is what the specs are about.
const Ours = Queue as unknown as typeof Stock;

/** bee-queue's own. */
export const BeeJob = require('bee-queue/lib/job') as StockJobClass;

/** node_redis 3, as bee-queue brings it. */
export const nodeRedis = createRequire(require.resolve('bee-queue'))('redis') as {
  createClient(port: number): NodeJS.EventEmitter & {
    ping(done: (error: unknown, reply: string) => void): void;
    quit(done: () => void): void;
  };
};

/** Where the shared Redis is, in the words of both. */
export function redisOptions(): { host: string; port: number } {
  return { host: '127.0.0.1', port: Number(new URL(redisUrl()).port) };
}

/** Runs the same steps on both kinds, each on a queue that no other spec has; resolves with what they came to. */
export async function onBoth<T>(steps: (maker: QueueMaker) => Promise<T>): Promise<{ stock: T; ours: T }> {
  return { stock: await on('stock', steps), ours: await on('ours', steps) };
}

async function on<T>(kind: QueueMaker['kind'], steps: (maker: QueueMaker) => Promise<T>): Promise<T> {
  const own = testQueueName();
  const made: EitherQueue[] = [];
  const make = (settings: object = {}, name = own): EitherQueue => {
    const queue = new (kind === 'stock' ? Stock : Ours)(name, { redis: redisOptions(), ...settings });
    queue.on('error', () => undefined);
    made.push(queue);
    return queue;
  };
  try {
    return await steps({ kind, name: own, make });
  } finally {
    // bee-queue rejects where it is closed already; what matters is that its connections are.
    await Promise.all(made.map((queue) => queue.close(1_000).catch(() => undefined)));
  }
}
