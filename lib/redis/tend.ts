import type { Redis } from 'ioredis';
import { ApiaryError } from '../errors.ts';
import { addressOf } from './address.ts';
import { leaveAtFailover } from './failover-watch.ts';
import { rememberTrouble } from './outages.ts';
import { sendQuietly } from './own-commands.ts';
import type { RedisClient } from './redis-client.ts';
import { watchdog } from './watchdog.ts';

/**
 * Gives a connection what ioredis leaves out. It notices by itself that its peer is gone, leaves a primary that
 * Sentinel has replaced, and works on the database it was given or on none. To be called as the connection is made.
 */
export function tend(client: RedisClient): void {
  watchdog.watch(client);
  rememberTrouble(client);
  sendQuietly(client);
  // A cluster has one database only, and finds its primaries by itself.
  if ('nodes' in client) return;
  leaveAtFailover(client);
  requireDatabase(client);
}

/** To ioredis a database that is refused is an error event, after which it goes on with database 0. */
function requireDatabase(client: Redis): void {
  client.on('error', (error: Error) => {
    if (client.status !== 'connect' || !isOfSelect(error)) return;
    const message = `Redis refuses database ${client.options.db} of ${addressOf(client)}: ${error.message}`;
    client['flushQueue'](new ApiaryError('REDIS_UNAVAILABLE', message, { cause: error }));
    client.stream.destroy();
  });
}

function isOfSelect(error: Error): boolean {
  const command: unknown = 'command' in error ? error.command : null;
  return typeof command === 'object' && command !== null && 'name' in command && command.name === 'select';
}
