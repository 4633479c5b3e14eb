import { EventEmitter } from 'node:events';
import { type ApiaryError, coerceError } from '../errors.ts';
import { tellListeners } from '../listeners.ts';
import type { Logger } from '../logger.ts';

/** Which job an event is about. */
export interface JobFacts {
  queue: string;
  type: string;
  id: string;
  attempt: number;
}

/** What is told of a job that ended for good; `totalMs` since it was added, null when its record does not tell. */
export interface EndedFacts extends JobFacts {
  durationMs: number;
  totalMs: number | null;
}

/** Every event of a worker, each emitted after the fact is stored in Redis. */
export interface WorkerEvents {
  /** An attempt begins; the first one `waitedMs` after the job was added, or due. Null for a further attempt. */
  'job:started': [job: JobFacts & { waitedMs: number | null }];
  /**
   * The timeout of the attempt, or the deadline of its job, has come after `limitMs`, and its handler has not ended by
   * its signal: its slot is taken until it does, or for half a minute. What becomes of the job is told next; of a type
   * with `retryAfterEnd` when the slot is free.
   */
  'job:overdue': [job: JobFacts & { limitMs: number; reason: 'timeout' | 'deadline' }];
  /** The job succeeded. */
  'job:succeeded': [job: EndedFacts];
  /** The attempt failed and the job runs again in `delayMs`. */
  'job:retried': [job: JobFacts & { durationMs: number; delayMs: number; error: Error }];
  /** The job failed for good; `as` says how. */
  'job:failed': [job: EndedFacts & { error: Error; as: string }];
  /**
   * The job runs again in `delayMs` and no attempt was spent: the handler asked for it, threw an `error` that is no
   * failure, or waits for `signals`, any of which lets it run at once.
   */
  'job:snoozed': [job: JobFacts & { delayMs: number; error?: Error; signals?: readonly string[] }];
  /** A shutdown cut the attempt off; the job went back untouched. */
  'job:interrupted': [job: JobFacts];
  /** An attempt ended after its claim was gone; its end changed nothing. */
  'job:fenced': [job: JobFacts];
  /** Jobs of dead workers went back to waiting; or `stray` ones, which were in no list, to where their records say. */
  'jobs:recovered': [facts: { queue: string; ids: readonly string[]; reason: 'lost' | 'orphaned' | 'stray' }];
  /**
   * The event loop stood still for `blockedMs` at least, over a third of a lease, and `jobs` ran meanwhile. The handler
   * of `by` blocked it, `at` that line of a stack, each null where it is not known for sure; then it was one of `jobs`
   * as a rule, or the process was stopped. Told when it is over.
   */
  'loop:blocked': [
    facts: { blockedMs: number; jobs: readonly JobFacts[]; by: JobFacts | null; at: string | null },
  ];
  /**
   * Redis, at that address, cannot be reached: once for each outage, one at the start too. The worker tries again
   * until `stop`.
   */
  'redis:away': [facts: { redis: string; error: ApiaryError }];
  /** Redis can be reached again, after `awayMs`. */
  'redis:back': [facts: { redis: string; awayMs: number }];
  /** Redis failed a duty of the worker, for one queue or none in particular; it is tried again. */
  'duty:failed': [facts: { queue: string | null; duty: string; error: Error }];
}

/** A typed emitter of {@link WorkerEvents} whose listeners cannot break the worker. */
export class WorkerEmitter extends EventEmitter<WorkerEvents> {
  readonly #log: Logger;

  constructor(log: Logger) {
    super();
    this.#log = log;
  }

  /** Whether anybody listens. */
  hears(name: keyof WorkerEvents): boolean {
    return this.listenerCount(name) > 0;
  }

  /** Tells the listeners; what one throws, or its promise is rejected with, is logged and goes no further. */
  tell<Name extends keyof WorkerEvents>(name: Name, ...facts: WorkerEvents[Name]): void {
    tellListeners(this, name, facts, this.#report);
  }

  readonly #report = (thrown: unknown, event: string): void => {
    this.#log.error('a listener threw', { event, err: coerceError(thrown) });
  };
}
