import { createRequire } from 'node:module';
import { Queue } from '../../lib/engine/bee/queue.ts';
import type { QueueSettings } from '../../lib/engine/bee/queue-settings.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { redisUrl } from './redis.ts';

/** A job of stock bee-queue, as far as specs use it. */
export interface StockJob extends NodeJS.EventEmitter {
  id: string | null;
  data: unknown;
  status: string;
  progress: unknown;
  options: Record<string, unknown>;
  setId(id: string): this;
  retries(count: number): this;
  timeout(ms: number): this;
  backoff(strategy: string, delayMs?: number): this;
  delayUntil(time: number): this;
  save(): Promise<this>;
}

/** A queue of stock bee-queue over its own client, as far as specs use it. */
export interface StockQueue extends NodeJS.EventEmitter {
  ready(): Promise<unknown>;
  createJob(data: unknown): StockJob;
  process(concurrency: number, handler: (job: StockJob) => Promise<unknown>): void;
  getJob(id: string): Promise<StockJob | null>;
  getJobs(state: string, page: object): Promise<StockJob[]>;
  checkHealth(): Promise<Record<string, number>>;
  checkStalledJobs(intervalMs?: number): Promise<number>;
  removeJob(id: string): Promise<unknown>;
  close(timeoutMs?: number): Promise<void>;
}

const Stock = createRequire(import.meta.url)('bee-queue') as new (
  name: string,
  settings: object,
) => StockQueue;

/** The queues of one spec: what it makes here is closed by `close`, with its connections. */
export class SpecQueues {
  /** The queue's name, when a spec does not give another. */
  readonly name = testQueueName();
  /** What the queues made here have reported. */
  readonly errors: Error[] = [];
  readonly #made: (Queue | StockQueue)[] = [];

  /** Makes one of ours on the shared Redis. */
  ours<Data = unknown>(settings: QueueSettings = {}, name = this.name): Queue<Data> {
    const queue = new Queue<Data>(name, { redis: redisUrl(), ...settings });
    queue.on('error', (error) => this.errors.push(error));
    this.#made.push(queue);
    return queue;
  }

  /** Makes one of stock bee-queue on the shared Redis. */
  async stock(settings: object = {}, name = this.name): Promise<StockQueue> {
    const { port } = new URL(redisUrl());
    const queue = new Stock(name, { redis: { host: '127.0.0.1', port: Number(port) }, ...settings });
    queue.on('error', (error) => this.errors.push(error));
    this.#made.push(queue);
    await queue.ready();
    return queue;
  }

  /** Closes them all; resolves when they are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#made.splice(0).map((queue) => queue.close(1_000)));
  }
}

/** A gate for handlers: they wait at it until a spec opens it. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #isOpen = false;
  arrived = 0;

  readonly pass = (): Promise<void> => {
    this.arrived++;
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  };

  open(): void {
    this.#isOpen = true;
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** The facts of an emitter's next event of a name, whatever errors it reports until then. */
export function next(emitter: NodeJS.EventEmitter, event: string): Promise<unknown[]> {
  return new Promise((resolve) => emitter.once(event, (...facts: unknown[]) => resolve(facts)));
}
