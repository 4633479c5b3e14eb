import type { Clock } from '../clock.ts';
import type { RedisSource } from './connections.ts';

/** bee-queue's settings that mean something here, and ours. Every one has bee-queue's default unless said. */
export interface QueueSettings {
  /** A client of ioredis (never closed by us), a URL, or ioredis options; default the Redis on 127.0.0.1:6379. */
  redis?: RedisSource;
  /** Default `bq`. */
  prefix?: string;
  /** Whether `process` may be called; default true. */
  isWorker?: boolean;
  /** Whether events of other processes are listened for; default true. */
  getEvents?: boolean;
  /** Whether events are published; default true. */
  sendEvents?: boolean;
  /** Whether saved jobs are remembered, so that events reach them; default true. */
  storeJobs?: boolean;
  /** Whether delayed jobs are moved on when due; default true when `process` is called. */
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
  /** Whether connections are made at once; default true. */
  autoConnect?: boolean;
  clock?: Clock;
}

/** Which jobs `getJobs` returns: positions for waiting, active and delayed, a number of jobs for the others. */
export interface JobRange {
  start?: number;
  end?: number;
  size?: number;
}
