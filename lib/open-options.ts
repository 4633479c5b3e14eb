import {
  anyOption,
  checkOptions,
  flagOption,
  functionOption,
  listOption,
  mapOption,
  type Option,
  objectOption,
  optionThat,
  wholeOption,
} from './check-options.ts';
import { MOST_SLOTS } from './engine/queries/worker-order.ts';
import { ApiaryError } from './errors.ts';
import type { BoundHandler, Middleware } from './jobs/define.ts';
import type { DeclaredSchedule } from './jobs/schedule.ts';
import { isName, isVersionName, MOST_VERSION_LENGTH, NAME_RULE } from './names.ts';
import { nearestOf } from './nearest.ts';
import { OPEN, type OpenOptions } from './open-client-options.ts';
import type { FailureOptions } from './worker/failures.ts';
import { isBoundHandler, isSchedule } from './worker/handler-shape.ts';
import type { RetentionOptions } from './worker/retention.ts';

/** What `createWorker` takes. */
export interface OpenWorkerOptions extends OpenOptions, FailureOptions {
  handlers: readonly BoundHandler[];
  /** Queues by name with their weights; default: the queues of the handlers, each with weight 1. */
  queues?: Readonly<Record<string, number>>;
  /** Jobs in flight at most; default 10. */
  concurrency?: number;
  /** Serve the queues strictly in the order given; default false. */
  strictPriority?: boolean;
  /** How long running jobs may go on after `stop`, in ms; default 25,000. */
  shutdownTimeoutMs?: number;
  /** How long finished jobs stay; default succeeded 1 day and 1,000 of each queue, failed 90 days and 10,000. */
  retention?: RetentionOptions;
  /** Wrapped around every handler; the first is outermost. */
  middleware?: readonly Middleware[];
  /**
   * Whether `abandon` knows from which attempt an error comes that nobody handled; default false. It costs every job
   * some microseconds, as Node follows all promises of the process then.
   */
  attributesErrors?: boolean;
  /**
   * Whether a thread, one for all workers of the process, keeps the leases while a handler blocks the event loop;
   * default true. Without it such a block costs all jobs of the worker after 10 s.
   */
  leaseThread?: boolean;
  /** The version of your program, up to 100 characters, by which it is counted how its jobs end; default: not said. */
  appVersion?: string;
  /** Declared when it starts: stored where they are new or have changed, and left alone otherwise; default none. */
  schedules?: readonly DeclaredSchedule[];
}

const MOST_WEIGHT = 1_000_000;
/** A day: a longer patience is a mistake in the unit. */
const MOST_PATIENCE_MS = 86_400_000;

const rule = mapOption(anyOption).optional();

const WORKER = {
  ...OPEN,
  handlers: listOption(optionThat('must be what handle(…) or handleGroup(…) returns', isBoundHandler)),
  queues: mapOption(
    optionThat(
      `must be a weight, a number above 0 up to ${MOST_WEIGHT}`,
      (value) => typeof value === 'number' && value > 0 && value <= MOST_WEIGHT,
    ),
  ).optional(),
  concurrency: wholeOption(1, MOST_SLOTS).optional(),
  strictPriority: flagOption.optional(),
  shutdownTimeoutMs: wholeOption(0, MOST_PATIENCE_MS).optional(),
  retention: objectOption({ succeeded: rule, failed: rule }).optional(),
  middleware: listOption(functionOption).optional(),
  schedules: listOption(optionThat('must be what schedule(…) returns', isSchedule)).optional(),
  backoffs: mapOption(functionOption).optional(),
  isFailure: functionOption.optional(),
  attributesErrors: flagOption.optional(),
  leaseThread: flagOption.optional(),
  appVersion: optionThat(
    `must be a text of 1 to ${MOST_VERSION_LENGTH} characters without control or bidirectional characters`,
    isVersionName,
  ).optional(),
} satisfies Record<keyof OpenWorkerOptions, Option>;

/** Throws CONFIG_INVALID for options that a worker cannot have, and for a queue that none of its handlers is for. */
export function checkWorkerOptions(given: OpenWorkerOptions): void {
  checkOptions('createWorker', WORKER, given);
  const { queues, handlers } = given;
  if (!queues) return;
  const handled = [...new Set(handlers.map(({ definition }) => definition.queue))];
  for (const name of Object.keys(queues)) {
    if (!isName(name)) throw refused(`queues.${name}`, `must have a name of ${NAME_RULE}`);
    if (handled.includes(name) || handlers.some(({ definition }) => definition.type === name)) continue;
    const meant = nearestOf(name, handled);
    const hint = meant === null ? '' : `; did you mean ${meant}?`;
    throw refused(
      `queues.${name}`,
      `is a queue that no handler is for${hint}; theirs are ${handled.join(', ')}`,
    );
  }
}

function refused(path: string, message: string): ApiaryError {
  return new ApiaryError('CONFIG_INVALID', `createWorker: ${path} ${message}`, {
    problems: [{ path, message }],
  });
}
