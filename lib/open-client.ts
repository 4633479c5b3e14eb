import { toLogger } from './console-logger.ts';
import { isRedisClient, requireReadable } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { Inspector } from './inspector/inspector.ts';
import { Producer } from './jobs/producer.ts';
import { toKeyring } from './keyring.ts';
import { nullLogger, soundLogger } from './logger.ts';
import { requireProducerName } from './names.ts';
import {
  checkInspectorOptions,
  checkProducerOptions,
  type OpenOptions,
  type OpenProducerOptions,
} from './open-client-options.ts';
import { closeClient, connect, type RedisRole } from './redis/connect.ts';
import { parseRedisUrl } from './redis/url.ts';

/** Opens a producer; close it with its `close`. Throws CONFIG_INVALID for options that cannot be. */
export function createProducer(given: OpenProducerOptions): Producer {
  checkProducerOptions(given);
  const { name, maxDataBytes, warnings, durability, memoryReserve, encryption, ...options } = given;
  if (name !== undefined) requireProducerName(name);
  return new Producer({
    ...opened(options, 'requests'),
    keyring: toKeyring(encryption),
    ...(name !== undefined && { name }),
    ...(maxDataBytes !== undefined && { maxDataBytes }),
    ...(warnings !== undefined && { warnings }),
    ...(durability !== undefined && { durability: { ...durability } }),
    ...(memoryReserve !== undefined && { memoryReserve }),
  });
}

/** Opens an inspector; close it with its `close`. Throws CONFIG_INVALID for options that cannot be. */
export function createInspector(options: OpenOptions): Inspector {
  checkInspectorOptions(options);
  const { maxDataBytes, encryption } = options;
  return new Inspector({
    ...opened(options, 'requests'),
    keyring: toKeyring(encryption),
    ...(maxDataBytes !== undefined && { maxDataBytes }),
  });
}

/** What an entry works with: the connection that was given or opened, and what closes it. */
export function opened(
  { redis, prefix = 'bq', log = nullLogger }: OpenOptions,
  role: RedisRole,
): { client: RedisClient; prefix: string; close: () => Promise<void> } {
  if (isRedisClient(redis)) return { client: requireReadable(redis), prefix, close: () => Promise.resolve() };
  const client = connect(parseRedisUrl(redis), role, { log: soundLogger(toLogger(log)) });
  return { client, prefix, close: () => closeClient(client) };
}
