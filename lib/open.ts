import { toLogger } from './console-logger.ts';
import { toKeyring } from './keyring.ts';
import { nullLogger } from './logger.ts';
import { opened } from './open-client.ts';
import { checkWorkerOptions, type OpenWorkerOptions } from './open-options.ts';
import { Worker } from './worker/worker.ts';

export { createInspector, createProducer } from './open-client.ts';

/**
 * Makes a worker; it runs from its `start` to its `stop`. Throws CONFIG_INVALID for options that cannot be, and for a
 * queue that no handler is for; HANDLER_INVALID for handlers that cannot go together.
 */
export function createWorker(options: OpenWorkerOptions): Worker {
  checkWorkerOptions(options);
  const { handlers, concurrency = 10, strictPriority = false, shutdownTimeoutMs = 25_000 } = options;
  const { prefix = 'bq', log = nullLogger, retention = {}, middleware = [], schedules = [] } = options;
  const {
    backoffs,
    isFailure,
    attributesErrors = false,
    leaseThread = true,
    maxDataBytes,
    encryption,
    appVersion,
  } = options;
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
      leaseThread,
      keyring: toKeyring(encryption),
    },
    ...(backoffs ? { backoffs } : {}),
    ...(isFailure ? { isFailure } : {}),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(maxDataBytes === undefined ? {} : { maxDataBytes }),
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
