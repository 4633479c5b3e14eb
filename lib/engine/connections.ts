import { randomBytes } from 'node:crypto';
import { type Cluster, Redis, type RedisOptions } from 'ioredis';
import { nullLogger } from '../logger.ts';
import { connect, ownPauses, SENTINEL_LIMIT_MS } from '../redis/connect.ts';
import { tend } from '../redis/tend.ts';
import type { RedisTarget } from '../redis/url.ts';
import { refuseKeyPrefix } from './key-prefix.ts';
import { isRedisClient, type RedisSource, readRedisSource, requireReadable } from './redis-source.ts';
import type { RedisClient } from './scripts.ts';

export { isRedisClient, type RedisSource, requireClient, requireReadable } from './redis-source.ts';

/**
 * What a connection needs that must never lose a reply: a blocking move that timed out on our side only would strand
 * the job that Redis moves later, and a command that gives up during an outage would be a result thrown away.
 */
const PATIENT = {
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
} as const;

/** Longer than any wait for replicas, and the one before it. */
const DURABLE_LIMIT_MS = 10_000;

/**
 * The client that commands go through: the caller's own, or a new one that connects at its first command. Throws
 * CONFIG_INVALID when there can be none.
 */
export function commandClient(source: RedisSource): RedisClient {
  if (isRedisClient(source)) {
    refuseKeyPrefix(source);
    return requireReadable(source);
  }
  const read = readRedisSource(source);
  if (read.kind === 'options') {
    refuseKeyPrefix(read);
    return tended(new Redis({ ...patient(read.options), lazyConnect: true }));
  }
  return connect(lazily(read), 'commands', { log: nullLogger });
}

/** A connection of its own to the same Redis, for waiting or listening, with the name Redis lists it under. */
export function companionClient(client: RedisClient, role: string): { client: RedisClient; name: string } {
  const connectionName = `apiary:${role}:${randomBytes(6).toString('hex')}`;
  const made = isCluster(client)
    ? client.duplicate([], {
        lazyConnect: false,
        redisOptions: { ...patient(client.options.redisOptions ?? {}), connectionName },
      })
    : new Redis({ ...patient(client.options), connectionName, lazyConnect: false });
  // A listener for each queue that shares it is no leak.
  made.setMaxListeners(0);
  return { client: tended(made), name: connectionName };
}

/**
 * A connection of its own to the same Redis, in a Cluster one to each node, for writes that wait for replicas; it gives
 * up as the other does, but later than such a wait may end.
 */
export function durableClient(client: RedisClient): RedisClient {
  if (!isCluster(client)) return tended(new Redis({ ...durable(client.options), lazyConnect: false }));
  const redisOptions = durable(client.options.redisOptions ?? {});
  return tended(client.duplicate([], { scaleReads: 'master', lazyConnect: false, redisOptions }));
}

/** Without limits that a wait for replicas would break, and with replies in the shape that our scripts are read in. */
function durable(options: RedisOptions): Omit<RedisOptions, 'replyMapping' | 'stringNumbers'> {
  const { replyMapping: _, stringNumbers: __, blockingTimeout: ___, socketTimeout: ____, ...rest } = options;
  const { retryStrategy, commandTimeout } = rest;
  return {
    ...rest,
    ...(retryStrategy ? { retryStrategy: ownPauses(retryStrategy) } : {}),
    ...(commandTimeout === undefined ? {} : { commandTimeout: commandTimeout + DURABLE_LIMIT_MS }),
    sentinelCommandTimeout: SENTINEL_LIMIT_MS,
    connectionName: `apiary:durable:${randomBytes(6).toString('hex')}`,
    enableOfflineQueue: true,
  };
}

function tended<Client extends RedisClient>(client: Client): Client {
  tend(client);
  return client;
}

/** Without the caller's limits on waiting, and with replies in the shape that our scripts are read in. */
function patient(options: RedisOptions): Omit<RedisOptions, 'replyMapping' | 'stringNumbers'> {
  const { commandTimeout: _, blockingTimeout: __, socketTimeout: ___, ...shaped } = options;
  const { replyMapping: ____, stringNumbers: _____, ...rest } = shaped;
  const { retryStrategy } = rest;
  const pauses = retryStrategy ? { retryStrategy: ownPauses(retryStrategy) } : {};
  return { sentinelCommandTimeout: SENTINEL_LIMIT_MS, ...rest, ...pauses, ...PATIENT };
}

/** A cluster cannot: there, the client connects at once. */
function lazily(target: RedisTarget): RedisTarget {
  const lazy = { lazyConnect: true };
  switch (target.kind) {
    case 'standalone':
      return { ...target, options: { ...target.options, ...lazy } };
    case 'sentinel':
      return { ...target, options: { ...target.options, ...lazy } };
    case 'cluster':
      return target;
    default:
      return target satisfies never;
  }
}

/** Whether a client is one of a Redis Cluster. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
