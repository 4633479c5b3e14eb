import type { QueueLimits } from '../../../lib/index.ts';

/** The job systems that are compared; `against` is another build of ours. */
export const ENGINE_NAMES = ['ours', 'against', 'bee', 'bullmq'] as const;

/** One of {@link ENGINE_NAMES}. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What each job carries: some 200 bytes as JSON. */
export interface Email {
  to: string;
  subject: string;
  template: string;
  locale: string;
  variables: { name: string; order: number; total: string };
}

/** What stays of succeeded jobs: the newest 1,000 (stock bee-queue cannot, and keeps all), none, or all. */
export type Retention = 'newest' | 'none' | 'all';

/** A queue whose jobs are spread over keys, with its limits, or over priorities, or all encrypted; of ours alone. */
export type Spread = { keys: number; limits: QueueLimits } | { priorities: number } | { encrypted: true };

/** Where a queue is and what it keeps. */
export interface QueueOptions {
  /** Of the Redis on 127.0.0.1, or of a proxy before it. */
  port: number;
  name: string;
  retention: Retention;
  /** Default none. */
  spread?: Spread | undefined;
}

/** How a worker runs, and whom it tells. */
export interface WorkOptions {
  concurrency: number;
  /** Called by the handler, which does nothing else. */
  onStarted: () => void;
  /** Called once the job is stored as succeeded. */
  onSucceeded: () => void;
}

/** The little that a measurement asks of a job system. */
export interface BenchQueue {
  /** Adds one job; resolves when it is stored. */
  add(email: Email): Promise<unknown>;
  /** Adds many in the system's own way for many; resolves when all are stored. */
  addBatch(emails: readonly Email[]): Promise<unknown>;
  /** Starts a worker; once per queue. */
  work(options: WorkOptions): Promise<void>;
  /** Stops the worker and closes every connection. */
  close(): Promise<void>;
}

/** Opens a queue of one job system. */
export type OpenQueue = (options: QueueOptions) => Promise<BenchQueue>;

/** The e-mail with this number. */
export function email(number: number): Email {
  return {
    to: `customer-${number}@mail.example.com`,
    subject: `Your order ${number} has been shipped`,
    template: 'order-shipped',
    locale: 'en-GB',
    variables: { name: 'Ada Lovelace', order: number, total: '42.50' },
  };
}
