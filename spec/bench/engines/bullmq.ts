import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { BenchQueue, QueueOptions, Retention, WorkOptions } from './engine.ts';

interface BullJob {
  name: string;
  data: unknown;
}

declare class BullQueue extends EventEmitter {
  constructor(name: string, options: object);
  add(name: string, data: unknown): Promise<unknown>;
  addBulk(jobs: BullJob[]): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

declare class BullWorker extends EventEmitter {
  constructor(name: string, handler: () => Promise<unknown>, options: object);
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

// Required, not imported: it is there only once the benchmark has installed it.
const bullmq = createRequire(import.meta.url)('bullmq') as {
  Queue: typeof BullQueue;
  Worker: typeof BullWorker;
};

const REMOVE_ON_COMPLETE: Record<Retention, object> = {
  newest: { removeOnComplete: { count: 1_000 } },
  none: { removeOnComplete: { count: 0 } },
  all: {},
};

/** Opens a queue of BullMQ as its manual shows it, with no more than what is kept set. */
export async function openBullMq({ port, name, retention }: QueueOptions): Promise<BenchQueue> {
  const connection = { host: '127.0.0.1', port };
  const queue = new bullmq.Queue(name, { connection });
  await queue.waitUntilReady();
  let stopWorker = async (): Promise<void> => {};
  return {
    add: (email) => queue.add('email.send', email),
    addBatch: (emails) => queue.addBulk(emails.map((data) => ({ name: 'email.send', data }))),
    work: async ({ concurrency, onStarted, onSucceeded }: WorkOptions) => {
      const options = {
        connection: { ...connection, maxRetriesPerRequest: null },
        concurrency,
        ...REMOVE_ON_COMPLETE[retention],
      };
      const worker = new bullmq.Worker(name, async () => onStarted(), options);
      worker.on('completed', onSucceeded);
      stopWorker = () => worker.close();
      await worker.waitUntilReady();
    },
    close: async () => {
      await stopWorker();
      await queue.close();
    },
  };
}
