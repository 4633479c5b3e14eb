import type { Clock } from '../clock.ts';
import { QueueCore } from '../engine/queue/queue-core.ts';
import { coerceError } from '../errors.ts';
import type { WorkerDeps, WorkerOptions } from './worker-options.ts';

/** What the queues of a worker are opened with. */
export interface OpenQueuesDeps extends Pick<WorkerDeps, 'client' | 'log'> {
  options: WorkerOptions;
  clock: Clock;
}

/** Opens the queues that a worker serves, in their order. */
export function openQueues({ client, log, options, clock }: OpenQueuesDeps): QueueCore[] {
  const { queues } = options;
  return queues.map(({ name }) => openQueue({ client, log, options, clock }, name));
}

/** Opens one queue for a worker. */
export function openQueue({ client, log, options, clock }: OpenQueuesDeps, name: string): QueueCore {
  const { prefix, keyring = null } = options;
  // Its waiting connection fails with the one for commands, whose outages are logged, once each.
  const onError = (error: unknown): void => {
    log.debug('a connection of the worker failed', { queue: name, err: coerceError(error) });
  };
  return new QueueCore({ name, prefix, client, closesClient: false, clock, onError, keyring });
}
