import type { Redis } from 'ioredis';
import type { RedisClient } from './redis-client.ts';

/**
 * Has no process end by an `ASKING` without an answer. ioredis sends one ahead of a command for a slot that is being
 * moved, and waits for none: where the node it asks is gone, the command behind it says so. To be called as the
 * connection is made.
 */
export function askQuietly(client: RedisClient): void {
  if (!('nodes' in client)) return;
  client.on('+node', (node: Redis) => {
    const ask = node.asking.bind(node);
    node.asking = () => {
      const asked = ask();
      asked.catch(() => undefined);
      return asked;
    };
  });
}
