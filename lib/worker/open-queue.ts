import type { Clock } from '../clock.ts';
import { Queue } from '../engine/bee/queue.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { RetentionLimits } from '../engine/upkeep/pruner.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** What the queues of a worker share. */
export interface OpenQueueDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
  log: Logger;
  retention: RetentionLimits;
  leaseMs: number;
}

/** Makes a queue of a worker, over its connection; none is opened for it yet. */
export function openQueue(name: string, deps: OpenQueueDeps): Queue {
  const { client, prefix, clock, log, retention, leaseMs } = deps;
  const { keepSucceeded, keepFailed } = retention;
  const silent = { getEvents: false, storeJobs: false, autoConnect: false } as const;
  const queue = new Queue(name, {
    ...{ redis: client, prefix, clock, keepSucceeded, keepFailed, leaseMs },
    ...silent,
  });
  // Its waiting connection fails with the one for commands, whose outages are told of, once each.
  queue.on('error', (error: unknown) => {
    log.debug('a connection of the worker failed', { queue: name, err: coerceError(error) });
  });
  return queue;
}
