import type { RedisOptions } from 'ioredis';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import { parseRedisUrl, type RedisTarget } from '../redis/url.ts';
import type { RedisClient } from './scripts.ts';

/** Options of a connection: those of ioredis, and bee-queue's words for a path and a URL. */
export type BeeRedisOptions = RedisOptions & {
  /** Path of a Unix socket; bee-queue's word for `path`. */
  socket?: string;
  /** A Redis URL, in the place of host, port, db and credentials. */
  url?: string;
};

/** Where a queue finds Redis: a client of the caller's, a URL, or options. */
export type RedisSource = RedisClient | string | BeeRedisOptions;

/** True for a client of ioredis, told by what it can do: the class name of one is not what it seems. */
export function isRedisClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  return ['defineCommand', 'duplicate', 'pipeline', 'disconnect'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );
}

/**
 * Reads what names a Redis but is no client. Throws CONFIG_INVALID for anything it does not know, such as a client of
 * another library: to go on without it would be to work on whatever Redis listens on localhost.
 */
export function readRedisSource(source: unknown): RedisTarget | { kind: 'options'; options: RedisOptions } {
  if (typeof source === 'string') {
    return source.startsWith('/') ? { kind: 'options', options: { path: source } } : parseRedisUrl(source);
  }
  if (!isPlainObject(source)) throw refusal(describe(source));
  const { socket, url, options: _, ...rest } = source;
  const strange = Object.keys(rest).find((name) => !(name in OPTION_NAMES));
  if (strange !== undefined) throw refusal(`an object with ${strange}, which ioredis does not know`);
  requireHeeded(rest);
  if (url !== undefined) return withUrl(url, rest);
  if (socket === undefined) return { kind: 'options', options: rest };
  if (typeof socket !== 'string') throw refusal('an object whose socket is not a path');
  return { kind: 'options', options: { ...rest, path: socket } };
}

/** What ioredis takes and does not heed, so that one would work elsewhere, or more openly, than was said. */
function requireHeeded({ db, tls, sentinels, enableTLSForSentinelMode, name }: RedisOptions): void {
  // It makes database 0 of what is no number.
  if (db !== undefined && !(Number.isSafeInteger(Number(db)) && Number(db) >= 0)) {
    throw refusal('an object whose db is no number from 0 up');
  }
  if (sentinels && !name) throw refusal('an object with sentinels and no name of the primary');
  if (sentinels && tls && !enableTLSForSentinelMode) {
    throw refusal('an object with sentinels and tls, which is not used without enableTLSForSentinelMode');
  }
}

/**
 * Returns a client of the caller's when its replies have the shape that our scripts are read in; throws CONFIG_INVALID
 * otherwise.
 */
export function requireReadable<Client extends RedisClient>(client: Client): Client {
  const options: RedisOptions =
    'redisOptions' in client.options ? (client.options.redisOptions ?? {}) : client.options;
  if (options.stringNumbers) throw refusal('one with stringNumbers: numbers would not be read as such');
  if (options.replyMapping === 'resp3')
    throw refusal('one with replyMapping resp3: replies would be misread');
  return client;
}

function withUrl(url: unknown, rest: RedisOptions): { kind: 'options'; options: RedisOptions } {
  if (typeof url !== 'string') throw refusal('an object whose url is not a string');
  const target = parseRedisUrl(url);
  if (target.kind === 'cluster') throw refusal('a redis-cluster URL among other options');
  return { kind: 'options', options: { ...rest, ...target.options } };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(source: unknown): string {
  if (typeof source !== 'object' || source === null) return `${source}`;
  if ('sendCommand' in source || 'send_command' in source) {
    return 'a client of another library (give the URL or the host, port and password that it was made with)';
  }
  return `a ${source.constructor?.name ?? 'value'}`;
}

function refusal(came: string): ApiaryError {
  const message = `redis must be an ioredis client, a Redis URL or ioredis options, not ${came}`;
  return new ApiaryError('CONFIG_INVALID', message);
}

/** Every option of ioredis; the compiler sees to it that none is missing. */
const OPTION_NAMES: Record<keyof RedisOptions, true> = {
  Connector: true,
  autoPipeliningIgnoredCommands: true,
  autoResendUnfulfilledCommands: true,
  autoResubscribe: true,
  blockingTimeout: true,
  blockingTimeoutGrace: true,
  clientInfoTag: true,
  commandQueue: true,
  commandTimeout: true,
  connectTimeout: true,
  connectionName: true,
  db: true,
  disableClientInfo: true,
  disconnectTimeout: true,
  enableAutoPipelining: true,
  enableOfflineQueue: true,
  enableReadyCheck: true,
  enableTLSForSentinelMode: true,
  failoverDetector: true,
  family: true,
  himportFieldsets: true,
  host: true,
  keepAlive: true,
  keyPrefix: true,
  lazyConnect: true,
  maxLoadingRetryTime: true,
  maxRetriesPerRequest: true,
  monitor: true,
  name: true,
  natMap: true,
  noDelay: true,
  offlineQueue: true,
  password: true,
  path: true,
  port: true,
  preferredSlaves: true,
  protocol: true,
  readOnly: true,
  reconnectOnError: true,
  replyMapping: true,
  retryStrategy: true,
  role: true,
  scripts: true,
  sentinelCommandTimeout: true,
  sentinelMaxConnections: true,
  sentinelPassword: true,
  sentinelReconnectStrategy: true,
  sentinelRetryStrategy: true,
  sentinelTLS: true,
  sentinelUsername: true,
  sentinels: true,
  showFriendlyErrorStack: true,
  socketTimeout: true,
  stringNumbers: true,
  tls: true,
  updateSentinels: true,
  username: true,
};

/** Throws CONFIG_INVALID unless a class was given an object with a client of ioredis, as `what` makes one. */
export function requireClient(entry: string, what: string, given: unknown): void {
  const client: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, 'client') : given;
  if (isRedisClient(client)) return;
  const message = `${entry} takes an object whose client is one of ioredis, not ${describeValue(client)}; ${what} opens one`;
  throw new ApiaryError('CONFIG_INVALID', message, { problems: [{ path: 'client', message }] });
}
