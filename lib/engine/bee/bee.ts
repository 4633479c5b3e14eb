import type { EventEmitter } from 'node:events';
import type { JobRecord, StoredOptions } from '../record/record.ts';
import type { RedisSource } from '../redis-source.ts';
import type { NodeRedisClient } from './node-redis.ts';
import { standInFor } from './stand-in.ts';

/** A callback in Node's old way, which bee-queue offers beside every promise. */
export type Callback<T> = (error: unknown, value?: T) => void;

/** What bee-queue's constructor makes of its settings. */
export interface BeeSettings {
  keyPrefix: string;
  quitCommandClient: boolean;
  stallInterval: number;
  isWorker: boolean;
  getEvents: boolean;
  sendEvents: boolean;
  storeJobs: boolean;
  activateDelayedJobs: boolean;
  removeOnSuccess: boolean;
  removeOnFailure: boolean;
  autoConnect: boolean;
  /** As it was given, so that another queue can be made from it. */
  redis: RedisSource | NodeRedisClient;
}

/** The part of bee-queue's Queue that ours builds on. Its own declarations need packages that it does not bring. */
export declare class BeeQueueShape<
  Events extends Record<keyof Events, unknown[]> = Record<string, unknown[]>,
> extends EventEmitter<Events> {
  readonly name: string;
  /** bee-queue's word for closing. */
  paused: boolean;
  readonly settings: BeeSettings;
  constructor(name: string, settings: object);
  /** True until `close` is called. */
  isRunning(): boolean;
  /** The name in Redis of one of bee-queue's keys. */
  toKey(name: string): string;
  /** What wakes bee-queue for delayed jobs; its Job class tells it of each that it saves. */
  _delayedTimer: { schedule(time: number): void; stop(): void } | null;
}

/** Every event of a job that was saved or read by a queue with `getEvents` and `storeJobs`. */
export interface JobEvents {
  succeeded: [result: unknown];
  retrying: [error: Error];
  failed: [error: Error];
  progress: [progress: unknown];
}

/** The part of bee-queue's Job that ours builds on. */
export declare class BeeJobShape extends EventEmitter<JobEvents> {
  /** Null until `save`, unless `setId` named it, and after a `save` whose id was taken. */
  id: string | null;
  data: unknown;
  readonly options: StoredOptions;
  progress: unknown;
  /** bee-queue's word: `created` until an attempt has ended. */
  status: JobRecord['status'];
  constructor(queue: object, id: string | null, data: unknown, options?: object);
  /** Names the job; a job with that id that is there already is left alone. */
  setId(id: string): this;
  /** How often it is tried again after a failure; default 0. */
  retries(count: number): this;
  /** How long an attempt may run, in ms; default without limit, as is 0. */
  timeout(ms: number): this;
  /** How long it waits before it is tried again: `immediate`, `fixed`, `exponential`, or a strategy of the queue's. */
  backoff(strategy: string, delayMs?: number): this;
  /** Earliest start, as a Date or epoch ms. */
  delayUntil(time: number | Date): this;
  /** The record as bee-queue stores it. */
  toData(): string;
}

/** bee-queue 2.0's Queue class. */
export const BeeQueue = standInFor<typeof BeeQueueShape>('bee-queue');

/** bee-queue 2.0's Job class. */
export const BeeJob = standInFor<typeof BeeJobShape>('bee-queue/lib/job');

/** Serves a callback, when there is one, beside the promise. */
export function withCallback<T>(promise: Promise<T>, callback: Callback<T> | undefined): Promise<T> {
  if (typeof callback === 'function') promise.then((value) => callback(null, value), callback);
  return promise;
}
