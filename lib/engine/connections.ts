import { randomBytes } from 'node:crypto';
import { type Cluster, Redis, type RedisOptions } from 'ioredis';
import { ApiaryError } from '../errors.ts';
import { nullLogger } from '../logger.ts';
import { connect } from '../redis/connect.ts';
import { parseRedisUrl } from '../redis/url.ts';
import type { RedisClient } from './scripts.ts';

/** Where a queue finds Redis: a client of the caller's, a URL, or ioredis options. */
export type RedisSource = RedisClient | string | RedisOptions;

/**
 * What a connection needs that must never lose a reply: a blocking move that timed out on our side only would strand
 * the job that Redis moves later, and a command that gives up during an outage would be a result thrown away.
 */
const PATIENT = {
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  lazyConnect: false,
} as const;

/** True for a client of ioredis, told by what it can do: the class name of one is not what it seems. */
export function isRedisClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  return ['defineCommand', 'duplicate', 'pipeline', 'disconnect'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );
}

/** The client that commands go through: the caller's own, or a new one. */
export function commandClient(source: RedisSource): RedisClient {
  if (isRedisClient(source)) return source;
  if (typeof source === 'string') return connect(parseRedisUrl(source), 'commands', { log: nullLogger });
  if (
    typeof source === 'object' &&
    source !== null &&
    !('send_command' in source || 'sendCommand' in source)
  ) {
    return patientRedis(source);
  }
  throw new ApiaryError('CONFIG_INVALID', 'redis must be a URL, ioredis options or an ioredis client');
}

/** A connection of its own to the same Redis, for waiting or listening, with the name Redis lists it under. */
export function companionClient(client: RedisClient, role: string): { client: RedisClient; name: string } {
  const name = `apiary:${role}:${randomBytes(6).toString('hex')}`;
  if (!isCluster(client)) return { client: patientRedis(client.options, name), name };
  return { client: client.duplicate([], { redisOptions: patient(client.options.redisOptions ?? {}, name) }), name };
}

function patientRedis(options: RedisOptions, connectionName?: string): Redis {
  return new Redis(patient(options, connectionName));
}

/** Without the caller's limits on waiting, and with replies in the shape that our scripts are read in. */
function patient(options: RedisOptions, connectionName?: string) {
  const { commandTimeout: _, blockingTimeout: __, replyMapping: ___, ...rest } = options;
  return { ...rest, ...PATIENT, ...(connectionName === undefined ? {} : { connectionName }) };
}

function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
