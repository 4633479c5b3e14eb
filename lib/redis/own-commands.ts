import { isThenable } from '../promises.ts';
import type { RedisClient } from './redis-client.ts';

/** What ioredis sends by itself once it is connected again. */
const AGAIN = ['select', 'subscribe', 'psubscribe', 'ssubscribe'] as const;

/**
 * Has no process end by a command that ioredis sends by itself and whose answer it does not await: an `ASKING` ahead of
 * a command for a slot that is being moved, and what it subscribes to again after an outage. Where the connection
 * ends meanwhile, whoever waits for something over it is told. To be called as the connection is made.
 */
export function sendQuietly(client: RedisClient): void {
  if ('nodes' in client) client.on('+node', (node: object) => quieten(node, ['asking']));
  else quieten(client, AGAIN);
}

/** Callers of these hear of a rejection as before; that nobody does is no error. */
function quieten(client: object, names: readonly string[]): void {
  for (const name of names) {
    const method: unknown = Reflect.get(client, name);
    if (typeof method !== 'function') continue;
    const value = (...given: unknown[]): unknown => {
      const sent: unknown = Reflect.apply(method, client, given);
      if (isThenable(sent)) Promise.resolve(sent).catch(() => undefined);
      return sent;
    };
    Object.defineProperty(client, name, { value, configurable: true, writable: true });
  }
}
