import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type Clock, systemClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { addressOf } from './address.ts';
import { limitFairly } from './command-limit.ts';
import { AWAY_TEXT, BACK_TEXT, outageFacts, watchOutages } from './outages.ts';
import type { RedisClient } from './redis-client.ts';
import { tend } from './tend.ts';
import type { RedisTarget } from './url.ts';

export type { RedisClient } from './redis-client.ts';

/**
 * What a connection is for. On `commands`, `blocking` and `subscriber` whatever is sent waits through an outage;
 * on `requests`, where a caller waits for an answer, it fails fast instead.
 */
export type RedisRole = 'commands' | 'blocking' | 'subscriber' | 'requests';

/** What a connection works with. */
export interface ConnectDeps {
  log: Logger;
  /** Default: the clock of the machine. */
  clock?: Clock;
  /** The name by which Redis lists the connection; default `apiary:<role>`. */
  connectionName?: string;
}

const FIRST_RETRY_MS = 50;
/** Work goes on as soon as Redis does; a thousand workers are some three thousand tries a second, which it takes. */
const RETRY_CAP_MS = 2_000;
/** A request waits for up to two tries to reconnect, so this bounds how long it takes to fail. */
const REQUEST_RETRY_CAP_MS = 1_000;
/** Closing has to wait such a pause out, so it is short. */
const SENTINEL_RETRY_CAP_MS = 1_000;
/** A connection that held this long has earned quick retries again. */
const STEADY_MS = 5_000;
/** How long a Sentinel is waited for: others may know what one that hangs does not say. */
export const SENTINEL_LIMIT_MS = 2_000;
/** To ioredis: reconnect, and send again what was refused. */
const RESEND = 2;
const QUIT_LIMIT_MS = 400;
const DISCONNECT_LIMIT_MS = 400;

/**
 * Opens a connection and keeps it open: it reconnects for ever, with capped and fully jittered back-off, notices within
 * ten seconds that its peer is gone without a word, and an outage, be it at the start, is a line in the log and never
 * an error event without a listener.
 */
export function connect(target: RedisTarget, role: RedisRole, deps: ConnectDeps): RedisClient {
  const { clock = systemClock } = deps;
  const options = optionsFor(role, deps.connectionName ?? `apiary:${role}`);
  const retryStrategy = backoff(role === 'requests' ? REQUEST_RETRY_CAP_MS : RETRY_CAP_MS, clock);
  const sentinelDelayMs = (): number => Math.round(clock.random() * SENTINEL_RETRY_CAP_MS);
  const client =
    target.kind === 'cluster'
      ? openCluster(target, role, { options, retryStrategy })
      : openRedis(target, role, { options, retryStrategy, sentinelDelayMs });
  tend(client);
  limitFairly(client);
  logOutages(client, role, deps.log);
  return client;
}

/** Whether commands sent now go out at once. */
export function isReady(client: RedisClient): boolean {
  return client.status === 'ready';
}

/** Resolves when a new connection is ready, or is known not to be for now; never rejects. */
export function untilKnown(client: RedisClient): Promise<void> {
  if (isReady(client)) return Promise.resolve();
  return new Promise((resolve) => {
    const known = (): void => {
      client.off('ready', known);
      client.off('error', known);
      client.off('end', known);
      resolve();
    };
    client.on('ready', known);
    client.on('error', known);
    client.on('end', known);
  });
}

/**
 * Closes a connection in whatever state it is, within a second; commands without an answer by then are rejected.
 * Politely (after the answers to what was sent) when it is ready. Harmless twice.
 */
export async function closeClient(client: RedisClient): Promise<void> {
  if (client.status === 'end') return;
  const over = new AbortController();
  const ended = once(client, 'end', { signal: over.signal }).catch(ignore);
  // Unlike the clock's, these timers keep the process alive: it must not end before its connections are closed.
  const endedWithin = (ms: number) =>
    Promise.race([ended, setTimeout(ms, null, { signal: over.signal }).catch(ignore)]);
  if (isReady(client)) {
    client.quit().catch(ignore);
    await endedWithin(QUIT_LIMIT_MS);
  }
  if (!hasEnded(client)) {
    // Between two tries there is nothing to disconnect, and ioredis would stay there and never reject what is queued;
    // a try that is cut short takes it to its end.
    if (client.status === 'reconnecting' && !client.isCluster) client.connect().catch(ignore);
    client.disconnect();
    if (!hasNothingOpen(client)) await endedWithin(DISCONNECT_LIMIT_MS + 100);
  }
  // A cluster that had nothing open to close is not told that it is closed.
  if (!hasEnded(client) && 'nodes' in client) client['handleCloseEvent']();
  over.abort();
}

type RetryStrategy = () => number;

const forks = new WeakMap<object, () => RetryStrategy>();

/** The pauses of a connection that is made like another: counted for itself, where they are ours. */
export function ownPauses<Strategy extends object>(ofAnother: Strategy): Strategy | RetryStrategy {
  return forks.get(ofAnother)?.() ?? ofAnother;
}

/**
 * Pauses between tries: exponential from 50 ms to a cap, each drawn from the whole range below it (full jitter).
 * ioredis counts anew at each connection, so a Redis that accepts and then drops or refuses us (a replica that answers
 * READONLY) would be tried at full speed; here only a try that lasted resets the count.
 */
function backoff(capMs: number, clock: Clock): RetryStrategy {
  let tries = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  const nextMs = (): number => {
    const now = clock.elapsed();
    if (now - triedAt >= STEADY_MS) tries = 0;
    const ceilingMs = Math.min(capMs, FIRST_RETRY_MS * 2 ** Math.min(tries++, 30));
    const pauseMs = Math.round(clock.random() * ceilingMs);
    triedAt = now + pauseMs;
    return pauseMs;
  };
  forks.set(nextMs, () => backoff(capMs, clock));
  return nextMs;
}

function optionsFor(role: RedisRole, connectionName: string) {
  const common = {
    connectionName,
    connectTimeout: 5_000,
    sentinelCommandTimeout: SENTINEL_LIMIT_MS,
    disconnectTimeout: DISCONNECT_LIMIT_MS,
    keepAlive: 10_000,
    // The longest pause between two looks whether Redis has loaded its data.
    maxLoadingRetryTime: 1_000,
  } satisfies RedisOptions;
  if (role !== 'requests') {
    return {
      ...common,
      maxRetriesPerRequest: null,
      reconnectOnError: (error: Error) => isFailover(error) && RESEND,
    };
  }
  // Its caller gets READONLY as an answer now, so the command must not be sent again and done later.
  return {
    ...common,
    maxRetriesPerRequest: 1,
    commandTimeout: 5_000,
    reconnectOnError: (error: Error) => isFailover(error),
  };
}

interface Opening {
  options: ReturnType<typeof optionsFor>;
  retryStrategy: () => number;
}

type Target<Kind extends RedisTarget['kind']> = Extract<RedisTarget, { kind: Kind }>;

// ioredis bounds the wait of a command by tries only where one server is tried. While no Sentinel or no node of a
// cluster answers it would let a request wait for ever, so a failed round rejects what waits. Connections made like
// this one share the strategy: a round that one of them failed is none of ours while we are connected.
function openRedis(
  target: Target<'standalone' | 'sentinel'>,
  role: RedisRole,
  { options, retryStrategy, sentinelDelayMs }: Opening & { sentinelDelayMs: () => number },
): Redis {
  const sentinelRetryStrategy = (): number => {
    if (role === 'requests' && !isReady(redis)) {
      redis['flushQueue'](new Error('All sentinels are unreachable'));
    }
    return sentinelDelayMs();
  };
  const redis = new Redis({ ...target.options, ...options, retryStrategy, sentinelRetryStrategy });
  return redis;
}

function openCluster(
  target: Target<'cluster'>,
  role: RedisRole,
  { options, retryStrategy }: Opening,
): Cluster {
  const clusterRetryStrategy = (): number => {
    if (role === 'requests' && !isReady(cluster)) {
      cluster['flushQueue'](new Error('None of startup nodes is available'));
    }
    return retryStrategy();
  };
  const cluster = new Cluster(target.nodes, {
    clusterRetryStrategy,
    // While a node is away each look at the slots, 100 ms apart, counts as a redirection.
    maxRedirections: role === 'requests' ? 16 : Number.MAX_SAFE_INTEGER,
    redisOptions: { ...target.options, ...options },
  });
  return cluster;
}

/** What a master says once it has become a replica: to a write, and to a command that was blocked meanwhile. */
function isFailover(error: Error): boolean {
  return /^(READONLY|UNBLOCKED force unblock)/.test(error.message);
}

function logOutages(client: RedisClient, role: RedisRole, log: Logger): void {
  const fields = { target: addressOf(client), role };
  watchOutages(client, {
    away: (error) => log.warn(AWAY_TEXT, { ...fields, ...outageFacts(error) }),
    back: () => log.info(BACK_TEXT, fields),
  });
}

function hasNothingOpen(client: RedisClient): boolean {
  return 'nodes' in client && client.nodes().length === 0;
}

// Its own function because the compiler holds a status that was looked at to be the same after an await.
function hasEnded(client: RedisClient): boolean {
  return client.status === 'end';
}

function ignore(): void {}
