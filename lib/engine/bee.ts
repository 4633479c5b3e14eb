import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** A callback in Node's old way, which bee-queue offers beside every promise. */
export type Callback<T> = (error: unknown, value?: T) => void;

/** What bee-queue's constructor makes of its settings. */
export interface BeeSettings {
  redis: unknown;
  keyPrefix: string;
  quitCommandClient: boolean;
  stallInterval: number;
  nearTermWindow: number;
  delayedDebounce: number;
  redisScanCount: number;
  initialRedisFailureRetryDelay: number;
  isWorker: boolean;
  getEvents: boolean;
  sendEvents: boolean;
  storeJobs: boolean;
  activateDelayedJobs: boolean;
  removeOnSuccess: boolean;
  removeOnFailure: boolean;
  autoConnect: boolean;
}

/** The part of bee-queue's Queue that ours builds on. Its own declarations need packages that it does not bring. */
export declare class BeeQueueShape extends EventEmitter {
  readonly name: string;
  /** bee-queue's word for closing. */
  paused: boolean;
  readonly jobs: Map<string, BeeJobShape>;
  readonly settings: BeeSettings;
  readonly backoffStrategies: Map<string, (job: BeeJobShape) => number>;
  constructor(name: string, settings: object);
  isRunning(): boolean;
  toKey(name: string): string;
  _onMessage(channel: string, message: string): void;
}

/** The part of bee-queue's Job that ours builds on. */
export declare class BeeJobShape extends EventEmitter {
  id: string | null;
  readonly queue: BeeQueueShape;
  data: unknown;
  readonly options: Record<string, unknown> & { timestamp: number };
  progress: unknown;
  status: string;
  constructor(queue: BeeQueueShape, id: string | null, data: unknown, options?: object);
  setId(id: string): this;
  retries(count: number): this;
  delayUntil(time: number | Date): this;
  timeout(ms: number): this;
  backoff(strategy: string, delay?: number): this;
  computeDelay(): number;
}

const require = createRequire(import.meta.url);

/** bee-queue 2.0's Queue class. */
export const BeeQueue = require('bee-queue') as typeof BeeQueueShape;

/** bee-queue 2.0's Job class. */
export const BeeJob = require('bee-queue/lib/job') as typeof BeeJobShape;

/** Serves a callback, when there is one, beside the promise. */
export function withCallback<T>(promise: Promise<T>, callback: Callback<T> | undefined): Promise<T> {
  if (callback) promise.then((value) => callback(null, value), callback);
  return promise;
}
