import type { Clock } from '../clock.ts';
import type { Taker } from '../engine/queries/takers.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { Keyring } from '../keyring.ts';
import type { Added } from './added.ts';
import type { Durability } from './durability.ts';

/** What a producer works with. */
export interface ProducerDeps {
  client: RedisClient;
  /** QUEUE_PREFIX; default `bq`. */
  prefix?: string;
  clock?: Clock;
  /** Kept with each job that it adds, 1 to 100 characters; default: none is. */
  name?: string;
  /** How long the data of a job may be, as JSON in bytes; default 1,048,576. */
  maxDataBytes?: number;
  /** Whether the answers to adds have `warnings`; default false, and then nobody looks for any. */
  warnings?: boolean;
  /** How many replicas must have a job before its add is acknowledged; default: none is asked for. */
  durability?: Durability;
  /** By what jobs are encrypted, and what came of them is opened; default nothing. */
  keyring?: Keyring | null;
  /** Adds are refused while Redis has less than this part of its memory left, 0 to 0.5; default 0: nobody looks. */
  memoryReserve?: number;
  /** What live workers take; default: what they say in Redis. */
  takers?: () => Promise<readonly Taker[]>;
  /** Told of each job that was created here, after it is stored. */
  onCreated?: (job: Added) => void;
  /** Called by `close`, to close what was opened for it. */
  close?: () => Promise<void>;
}
