import { toLogger } from './console-logger.ts';
import { isRedisClient, requireReadable } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { Inspector } from './inspector/inspector.ts';
import { Producer } from './jobs/producer.ts';
import { nullLogger, soundLogger } from './logger.ts';
import { requireProducerName } from './names.ts';
import {
  checkInspectorOptions,
  checkProducerOptions,
  checkWorkerOptions,
  type OpenOptions,
  type OpenProducerOptions,
  type OpenWorkerOptions,
} from './open-options.ts';
import { closeClient, connect, type RedisRole } from './redis/connect.ts';
import { parseRedisUrl } from './redis/url.ts';
import { Worker } from './worker/worker.ts';

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
