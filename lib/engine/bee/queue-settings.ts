import { anyOption, checkOptions, flagOption, textOption, wholeOption } from '../../check-options.ts';
import type { Clock } from '../../clock.ts';
import type { PumpOptions } from '../pump/pump-options.ts';
import type { JobCounts } from '../queries/queries.ts';
import type { HoldOptions } from '../queue/queue-core.ts';
import { LEASE_MS, LOSS_LIMIT } from '../queue/worker-defaults.ts';
import type { RedisSource } from '../redis-source.ts';
import type { BeeSettings } from './bee.ts';
import type { NodeRedisClient } from './node-redis.ts';

/** bee-queue's settings, with its defaults unless said, and ours. */
export interface QueueSettings {
  /**
   * A client of ioredis (Redis or Cluster), a Redis URL, or ioredis options, also in bee-queue's words (`socket`,
   * `url`); default the Redis on 127.0.0.1:6379. Of a client of node_redis 3 the options are taken, with a warning. The
   * constructor throws CONFIG_INVALID for anything else.
   */
  redis?: RedisSource | NodeRedisClient;
  /** Default `bq`, also for ''. */
  prefix?: string;
  /** Whether `process` may be called; default true. */
  isWorker?: boolean;
  /** Whether events of other processes are listened for; default true. */
  getEvents?: boolean;
  /** Whether events are published; default true. */
  sendEvents?: boolean;
  /** Whether saved jobs are remembered, so that events reach them; default true. */
  storeJobs?: boolean;
  /** Whether delayed jobs are moved on when due; default true in a queue that processes, else false. */
  activateDelayedJobs?: boolean;
  removeOnSuccess?: boolean;
  removeOnFailure?: boolean;
  /** How many succeeded jobs are kept; default all, or none with `removeOnSuccess`. */
  keepSucceeded?: number;
  /** How many failed jobs are kept; default all, or none with `removeOnFailure`. */
  keepFailed?: number;
  /** How long a job may stay in `active` without anybody working on it, in ms; default 5,000. */
  stallInterval?: number;
  /** How long a silent worker keeps its jobs, in ms; default 10,000. */
  leaseMs?: number;
  /** How many deaths of its workers fail a job; default 3. */
  lossLimit?: number;
  /**
   * How long the data of a job may be that is saved, as JSON in bytes; default 1,048,576. What is longer is refused,
   * DATA_TOO_LARGE.
   */
  maxDataBytes?: number;
  /** Whether connections are made at once; default true. Else they are made by `connect`, or by the first use. */
  autoConnect?: boolean;
  /** Whether `close` closes the connection for commands; default true, but false for a client of the caller's. */
  quitCommandClient?: boolean;
  /** Default: the clock of the machine. */
  clock?: Clock;
  /** The next five are accepted for bee-queue's sake; here they have no meaning. */
  ensureScripts?: boolean;
  nearTermWindow?: number;
  delayedDebounce?: number;
  redisScanCount?: number;
  initialRedisFailureRetryDelay?: number;
}

const DEFAULT_CLOSE_MS = 5_000;

/** How long `close` lets running jobs go on, in ms: as it is told, or five seconds. */
export function closePatienceMs(given: number | null | undefined): number {
  return given && given > 0 ? given : DEFAULT_CLOSE_MS;
}

/** What `checkHealth` tells; `newestJob` is bee-queue's counter, which only stock producers turn. */
export type QueueHealth = JobCounts & { newestJob: number };

/** Which jobs `getJobs` returns. */
export interface JobRange {
  /** The first position; default 0. */
  start?: number;
  /** The last position, for waiting, active and delayed; negative counts from the end. Default 100. */
  end?: number;
  /** How many; default 100 for succeeded and failed. */
  size?: number;
}

const flag = flagOption.optional();
const positive = wholeOption(1).optional();
/** -1 for all. */
const kept = wholeOption(-1).optional();

const SETTINGS = {
  // Read where the connection is made, which has more to say of it.
  redis: anyOption,
  prefix: textOption.optional(),
  isWorker: flag,
  getEvents: flag,
  sendEvents: flag,
  storeJobs: flag,
  activateDelayedJobs: flag,
  removeOnSuccess: flag,
  removeOnFailure: flag,
  keepSucceeded: kept,
  keepFailed: kept,
  stallInterval: positive,
  leaseMs: positive,
  lossLimit: positive,
  maxDataBytes: positive,
  autoConnect: flag,
  quitCommandClient: flag,
  clock: anyOption,
  ensureScripts: anyOption,
  nearTermWindow: anyOption,
  delayedDebounce: anyOption,
  redisScanCount: anyOption,
  initialRedisFailureRetryDelay: anyOption,
} satisfies Record<keyof QueueSettings, unknown>;

/** Among the settings that a queue has, from which another one may be made. */
const MADE = { keyPrefix: anyOption };

/**
 * Throws CONFIG_INVALID on a setting that cannot be, or is unknown; bee-queue would silently go on with its default.
 */
export function requireValid(settings: QueueSettings): void {
  checkOptions('Queue', { ...SETTINGS, ...MADE }, settings);
}

/** What the settings say of how jobs are held; the second argument is what bee-queue made of them. */
export function holdOptions(
  { leaseMs = LEASE_MS, keepSucceeded = -1, keepFailed = -1 }: QueueSettings,
  { removeOnSuccess, removeOnFailure, sendEvents }: BeeSettings,
): HoldOptions {
  return {
    leaseMs,
    keepSucceeded: removeOnSuccess ? 0 : keepSucceeded,
    keepFailed: removeOnFailure ? 0 : keepFailed,
    publishes: sendEvents,
  };
}

/** What the settings say of how jobs are run; the second argument is what bee-queue made of them. */
export function pumpOptions(
  { leaseMs = LEASE_MS, lossLimit = LOSS_LIMIT }: QueueSettings,
  { stallInterval }: BeeSettings,
  concurrency: number,
): Omit<PumpOptions, 'strict'> {
  return { concurrency, lossLimit, leaseMs, orphanIntervalMs: stallInterval };
}
