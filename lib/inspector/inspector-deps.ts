import type { Clock } from '../clock.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { Keyring } from '../keyring.ts';

/** What an inspector works with. */
export interface InspectorDeps {
  client: RedisClient;
  /** QUEUE_PREFIX; default `bq`. */
  prefix?: string;
  clock?: Clock;
  /** How long the data may be that a job is given, as JSON in bytes; default 1,048,576. */
  maxDataBytes?: number;
  /** By what encrypted jobs are opened and changed; default nothing: then what is private of them is hidden. */
  keyring?: Keyring | null;
  /** Called by `close`, to close what was opened for it. */
  close?: () => Promise<void>;
  /** Queues that are listed even before they hold a job. */
  knownQueues?: readonly string[];
}
