import type { EventEmitter } from 'node:events';
import { warnOf } from '../../error-facts.ts';
import { coerceError } from '../../errors.ts';
import { tellListeners } from '../../listeners.ts';
import type { RedisClient } from '../scripts.ts';
import { toldError } from '../tell-callers.ts';
import type { QueueEvents } from './queue-events.ts';

/** A queue that tells of trouble. */
type Troubled<Data> = EventEmitter<QueueEvents<Data>> & { readonly client: RedisClient };

/** Makes what tells of trouble by `error` events; one that nobody listens for is a warning of the process. */
export function reporterOf<Data>(queue: Troubled<Data>): (thrown: unknown) => void {
  // The kind of its events hangs on the data of its jobs, which an error has not.
  const emitter = queue as EventEmitter<{ error: [error: Error] }>;
  let lastKind: unknown = null;
  return (thrown) => {
    const error = coerceError(toldError(queue.client, thrown));
    const kind = 'code' in error && error.code !== 'REDIS_REFUSED' ? error.code : error.message;
    if (emitter.listenerCount('error') > 0) tellListeners(emitter, 'error', [error], warnOf);
    // An outage fails every try to reconnect alike: said once is enough.
    else if (kind !== lastKind) warnOf(error);
    lastKind = kind;
  };
}
