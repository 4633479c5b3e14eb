import type { Inspector } from '../inspector/inspector.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import type { Producer } from '../jobs/producer.ts';
import type { DeclaredSchedule } from '../jobs/schedule.ts';
import type { FailureOptions } from '../worker/failures.ts';
import type { RetentionOptions } from '../worker/retention.ts';
import type { DrainOptions, RunLimits } from './drain.ts';
import type { Duration } from './duration.ts';
import type { JobReport } from './job-report.ts';

export type { DrainOptions, RunLimits } from './drain.ts';

/** What handlers may be made of that add jobs themselves. */
export interface KitParts {
  readonly producer: Producer;
  readonly inspector: Inspector;
  /** The time of the test. */
  now(): Date;
}

/** What `testApiary` takes. */
export interface TestApiaryOptions extends FailureOptions {
  /** The handlers, or what makes them of the producer of the test. */
  handlers: readonly BoundHandler[] | ((parts: KitParts) => readonly BoundHandler[]);
  /** As those of a worker; declared at once. Default none. */
  schedules?: readonly DeclaredSchedule[];
  /** Wrapped around every handler; the first is outermost. Default none. */
  middleware?: readonly Middleware[];
  /** How long finished jobs stay; default as for a worker. */
  retention?: RetentionOptions;
  /** When the test begins; default the time of the machine. Time stands still until it is moved. */
  now?: Date | number | string;
  /** The URL of a Redis; default a private server of this process, which starts by itself. */
  redis?: string;
}

/** Everything of one test, under a prefix of its own. */
export interface TestApiary extends KitParts {
  /** How its keys begin. */
  readonly prefix: string;
  /** The URL of its Redis. */
  readonly redis: string;
  /** The queues that it knows: those of the handlers and schedules, and those that jobs were added to. */
  readonly queues: readonly string[];
  /** Runs everything that is due here, in order, until nothing is; resolves with what happened to each job. */
  drain(options?: DrainOptions): Promise<JobReport[]>;
  /** Runs what is due now, once: what those jobs add or have to try again waits for the next call. */
  runDue(options?: Partial<RunLimits>): Promise<JobReport[]>;
  /** Moves the time on, as if nobody were at work meanwhile; `drain({ for })` lives through it instead. */
  advance(duration: Duration): Promise<void>;
  /** The same, to a moment. */
  advanceTo(date: Date | number | string): Promise<void>;
  /**
   * Cuts the kit off from Redis: what is sent fails with REDIS_UNAVAILABLE until the function is called that it
   * resolves with, or the attempt has ended within which it was called.
   */
  cutRedis(): Promise<() => Promise<void>>;
  /**
   * Within a handler: its worker dies there. The job runs again when the lease of the worker is over, ten seconds
   * later.
   */
  killWorker(): void;
  /** Within a handler: the claim on its job is gone, and the job runs again. Give it the context of the job. */
  loseClaim(job: { readonly id: string }): Promise<void>;
  /** Removes all of it from Redis and lets go of that. Harmless twice. */
  close(): Promise<void>;
}
