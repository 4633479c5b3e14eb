import { commandClient, isRedisClient } from '../connections.ts';
import type { RedisClient } from '../scripts.ts';
import { isNodeRedisClient, optionsOfNodeRedis } from './node-redis.ts';
import type { QueueSettings } from './queue-settings.ts';

/**
 * The connection for commands that the settings of a queue ask for, and whether it is closed with the queue. Throws
 * CONFIG_INVALID when `redis` cannot be used.
 */
export function queueClient({ redis = {}, quitCommandClient }: QueueSettings): {
  client: RedisClient;
  closesClient: boolean;
} {
  const source = isNodeRedisClient(redis) ? optionsOfNodeRedis(redis) : redis;
  // One that was opened from the options of another is ours, whatever becomes of that.
  const closesClient = source !== redis || (quitCommandClient ?? !isRedisClient(redis));
  return { client: commandClient(source), closesClient };
}
