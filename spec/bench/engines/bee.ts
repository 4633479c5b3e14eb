import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { BenchQueue, Email, QueueOptions } from './engine.ts';

interface StockJob {
  save(): Promise<unknown>;
}

declare class StockQueue extends EventEmitter {
  constructor(name: string, settings: object);
  createJob(data: unknown): StockJob;
  saveAll(jobs: StockJob[]): Promise<Map<StockJob, Error>>;
  process(concurrency: number, handler: () => Promise<unknown>): void;
  ready(): Promise<unknown>;
  close(timeoutMs: number): Promise<void>;
}

const Queue = createRequire(import.meta.url)('bee-queue') as typeof StockQueue;
const CLOSE_LIMIT_MS = 2_000;

/** Opens a queue of stock bee-queue, with the settings that its manual advises for producers and for workers. */
export async function openBee({ port, name, retention }: QueueOptions): Promise<BenchQueue> {
  const shared = { redis: { host: '127.0.0.1', port }, getEvents: false, storeJobs: false };
  const producer = new Queue(name, { ...shared, isWorker: false, sendEvents: false });
  await producer.ready();
  const open = [producer];
  return {
    add: (email) => producer.createJob(email).save(),
    addBatch: async (emails: readonly Email[]) => {
      const errors = await producer.saveAll(emails.map((email) => producer.createJob(email)));
      for (const error of errors.values()) throw error;
    },
    work: async ({ concurrency, onStarted, onSucceeded }) => {
      const worker = new Queue(name, { ...shared, removeOnSuccess: retention === 'none' });
      open.push(worker);
      await worker.ready();
      worker.on('succeeded', onSucceeded);
      worker.process(concurrency, async () => onStarted());
    },
    close: async () => {
      for (const queue of open) await queue.close(CLOSE_LIMIT_MS);
    },
  };
}
