import type { Clock } from '../clock.ts';
import type { SwarmPlace } from '../engine/queries/presence.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import type { DeclaredSchedule } from '../jobs/schedule.ts';
import type { Keyring } from '../keyring.ts';
import type { Logger } from '../logger.ts';
import type { FailureOptions } from './failures.ts';
import type { RetentionOptions } from './retention.ts';

/** A queue that a worker serves, and its share of the slots. */
export interface ServedQueue {
  name: string;
  weight: number;
}

/** What a worker works with. */
export interface WorkerDeps {
  /** For commands; waiting and listening get connections of their own, made like this one. */
  client: RedisClient;
  handlers: readonly BoundHandler[];
  log: Logger;
  clock?: Clock;
  /** Called at the end of `stop`, to close what was opened for this worker. */
  close?: () => Promise<void>;
}

/** How a worker runs. */
export interface WorkerOptions extends FailureOptions {
  queues: readonly ServedQueue[];
  /** Jobs in flight at most. */
  concurrency: number;
  /** Serve the queues strictly in their order instead of by weight. */
  strictPriority: boolean;
  prefix: string;
  /** How long running jobs may go on after `stop` before they are aborted and given back. */
  shutdownTimeoutMs: number;
  /** How long a handler may go on after its timeout before its slot is taken from it; default 30,000. */
  timeoutGraceMs?: number;
  /**
   * Whether it is followed which attempt the timers, promises and sockets come from that handlers leave behind, so that
   * `abandon` knows whose an error is that nobody handled; default false, as Node follows all promises of the process
   * then.
   */
  attributesErrors?: boolean;
  /**
   * Whether a thread keeps its leases while a handler blocks the event loop, one for all workers of the process;
   * default true.
   */
  leaseThread?: boolean;
  /** Which of the processes of its parent it runs in; default: its process is nobody's. */
  place?: SwarmPlace;
  retention?: RetentionOptions;
  /** Of the program whose handlers these are; default: it is not said. */
  appVersion?: string;
  /** By what jobs are encrypted and opened; default nothing. */
  keyring?: Keyring | null;
  /** How long the data of what follows and of schedules may be, as JSON in bytes; default a mebibyte. */
  maxDataBytes?: number;
  /** Wrapped around every handler; the first is outermost. */
  middleware?: readonly Middleware[];
  /** Declared at the start, whether their queues are among those served or not. */
  schedules?: readonly DeclaredSchedule[];
}
