import { ApiaryError } from '../../errors.ts';
import type { BeeRedisOptions } from '../redis-source.ts';

/** A client of node_redis 3, which bee-queue takes; known by what it is made of. */
export interface NodeRedisClient {
  connection_options: object;
  options: object;
  /** By it node_redis sends. */
  send_command: unknown;
}

const warned = new WeakSet<object>();

/** True for a client of node_redis 3. */
export function isNodeRedisClient(value: unknown): value is NodeRedisClient {
  if (typeof value !== 'object' || value === null || !('send_command' in value)) return false;
  if (!('connection_options' in value) || !('options' in value)) return false;
  return isObject(value.connection_options) && isObject(value.options);
}

/**
 * Reads where a client of node_redis 3 connects to, so that we connect there with one of our own; warns of it, once a
 * client. Throws CONFIG_INVALID for what a connection of ours could not do likewise.
 */
export function optionsOfNodeRedis(client: NodeRedisClient): BeeRedisOptions {
  const all: Record<string, unknown> = { ...client.options, ...client.connection_options };
  const { host, port, path, family, tls, db, prefix, stream, rename_commands, ...others } = all;
  if (stream !== undefined) throw refusal('a stream of its own');
  if (rename_commands !== undefined) throw refusal('rename_commands');
  if (prefix !== undefined) throw refusal(`prefix ${JSON.stringify(prefix)}`);
  if (!warned.has(client)) {
    process.emitWarning(
      'redis is a client of node_redis: a connection of ioredis is opened from its options',
    );
    warned.add(client);
  }
  const given = {
    ...(path === undefined ? { host, port, family } : { path }),
    tls,
    db: db === undefined ? undefined : Number(db),
    username: others['user'] ?? others['auth_user'],
    password: others['password'] ?? others['auth_pass'],
  };
  // What is not said is left to ioredis; what was said, node_redis has connected with.
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as BeeRedisOptions;
}

function refusal(what: string): ApiaryError {
  const message = `redis is a client of node_redis with ${what}, which cannot be had: give options or an ioredis client`;
  return new ApiaryError('CONFIG_INVALID', message);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
