import { type ConsoleLike, toLogger } from './console-logger.ts';
import { isRedisClient, requireReadable } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { Inspector } from './inspector/inspector.ts';
import type { BoundHandler, Middleware } from './jobs/define.ts';
import { Producer } from './jobs/producer.ts';
import type { DeclaredSchedule } from './jobs/schedule.ts';
import { type Logger, nullLogger, soundLogger } from './logger.ts';
import { requireProducerName } from './names.ts';
import { checkInspectorOptions, checkProducerOptions, checkWorkerOptions } from './open-options.ts';
import { closeClient, connect, type RedisRole } from './redis/connect.ts';
import { parseRedisUrl } from './redis/url.ts';
import type { FailureOptions } from './worker/failures.ts';
import type { RetentionOptions } from './worker/retention.ts';
import { Worker } from './worker/worker.ts';

/** Where Redis is and how our keys begin. */
export interface OpenOptions {
  /** A URL in any form that REDIS_URL takes, or a client of ioredis, which stays the caller's to close. */
  redis: string | RedisClient;
  /** How the keys of queues begin; default `bq`, as bee-queue's. */
  prefix?: string;
  /** A logger as `createLogger` makes one, anything of that shape, or `console`. Default: nothing is logged. */
  log?: Logger | ConsoleLike;
}

/** What `createWorker` takes. */
export interface OpenWorkerOptions extends OpenOptions, FailureOptions {
  handlers: readonly BoundHandler[];
  /** Queues by name with their weights; default: the queues of the handlers, each with weight 1. */
  queues?: Readonly<Record<string, number>>;
  /** Jobs in flight at most; default 10. */
  concurrency?: number;
  /** Serve the queues strictly in the order given; default false. */
  strictPriority?: boolean;
  /** How long running jobs may go on after `stop`, in ms; default 25,000. */
  shutdownTimeoutMs?: number;
  /** How long finished jobs stay; default succeeded 1 day and 1,000 of each queue, failed 90 days and 10,000. */
  retention?: RetentionOptions;
  /** Wrapped around every handler; the first is outermost. */
  middleware?: readonly Middleware[];
  /**
   * Whether `abandon` knows from which attempt an error comes that nobody handled; default false. It costs every job some
   * microseconds, as Node follows all promises of the process then.
   */
  attributesErrors?: boolean;
  /** Declared when it starts: stored where they are new or have changed, and left alone otherwise; default none. */
  schedules?: readonly DeclaredSchedule[];
}

/** What `createProducer` takes. */
export interface OpenProducerOptions extends OpenOptions {
  /** Who it is, kept with each job that it adds: 1 to 100 characters without control characters. Default: nothing is kept. */
  name?: string;
}

/** Opens a producer; close it with its `close`. Throws CONFIG_INVALID for options that cannot be. */
export function createProducer(given: OpenProducerOptions): Producer {
  checkProducerOptions(given);
  const { name, ...options } = given;
  if (name !== undefined) requireProducerName(name);
  return new Producer({ ...opened(options, 'requests'), ...(name !== undefined && { name }) });
}

/** Opens an inspector; close it with its `close`. Throws CONFIG_INVALID for options that cannot be. */
export function createInspector(options: OpenOptions): Inspector {
  checkInspectorOptions(options);
  return new Inspector(opened(options, 'requests'));
}

/**
 * Makes a worker; it runs from its `start` to its `stop`. Throws CONFIG_INVALID for options that cannot be, and for a queue that
 * no handler is for; HANDLER_INVALID for handlers that cannot go together.
 */
export function createWorker(options: OpenWorkerOptions): Worker {
  checkWorkerOptions(options);
  const { handlers, concurrency = 10, strictPriority = false, shutdownTimeoutMs = 25_000 } = options;
  const { prefix = 'bq', log = nullLogger, retention = {}, middleware = [], schedules = [] } = options;
  const { backoffs, isFailure, attributesErrors = false } = options;
  const queues =
    options.queues ?? Object.fromEntries(handlers.map(({ definition }) => [definition.queue, 1]));
  const workerOptions = {
    queues: Object.entries(queues).map(([name, weight]) => ({ name, weight })),
    ...{
      concurrency,
      strictPriority,
      prefix,
      shutdownTimeoutMs,
      retention,
      middleware,
      schedules,
      attributesErrors,
    },
    ...(backoffs ? { backoffs } : {}),
    ...(isFailure ? { isFailure } : {}),
  };
  // Of its outages the worker tells.
  const connection = opened({ ...options, log: nullLogger }, 'commands');
  try {
    return new Worker({ ...connection, handlers, log: toLogger(log) }, workerOptions);
  } catch (error) {
    // Whoever has no worker cannot stop it.
    connection.close().catch(() => undefined);
    throw error;
  }
}

function opened(
  { redis, prefix = 'bq', log = nullLogger }: OpenOptions,
  role: RedisRole,
): { client: RedisClient; prefix: string; close: () => Promise<void> } {
  if (isRedisClient(redis)) return { client: requireReadable(redis), prefix, close: () => Promise.resolve() };
  const client = connect(parseRedisUrl(redis), role, { log: soundLogger(toLogger(log)) });
  return { client, prefix, close: () => closeClient(client) };
}
