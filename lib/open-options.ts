import { z } from 'zod';
import {
  checkOptions,
  flagOption,
  functionOption,
  listOption,
  mapOption,
  type OptionsShape,
  optionThat,
  textOption,
  wholeOption,
} from './check-options.ts';
import type { ConsoleLike } from './console-logger.ts';
import { isRedisClient } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { ApiaryError } from './errors.ts';
import type { BoundHandler, Middleware } from './jobs/define.ts';
import type { DeclaredSchedule } from './jobs/schedule.ts';
import type { Logger } from './logger.ts';
import { isName, NAME_RULE } from './names.ts';
import { nearestOf } from './nearest.ts';
import type { FailureOptions } from './worker/failures.ts';
import { isBoundHandler, isSchedule } from './worker/handler-shape.ts';
import type { RetentionOptions } from './worker/retention.ts';

/** Where Redis is and how our keys begin. */
export interface OpenOptions {
  /** A URL in any form that REDIS_URL takes, or a client of ioredis, which stays the caller's to close. */
  redis: string | RedisClient;
  /** How the keys of queues begin; default `bq`, as bee-queue's. */
  prefix?: string;
  /** A logger as `createLogger` makes one, anything of that shape, or `console`. Default: nothing is logged. */
  log?: Logger | ConsoleLike;
}

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
   * Whether `abandon` knows from which attempt an error comes that nobody handled; default false. It costs every job some
   * microseconds, as Node follows all promises of the process then.
   */
  attributesErrors?: boolean;
  /** Declared when it starts: stored where they are new or have changed, and left alone otherwise; default none. */
  schedules?: readonly DeclaredSchedule[];
}

/** What `createProducer` takes. */
export interface OpenProducerOptions extends OpenOptions {
  /** Who it is, kept with each job that it adds: 1 to 100 characters without control characters. Default: nothing is kept. */
  name?: string;
}

/** No machine runs more handlers at once in one process. */
const MOST_SLOTS = 100_000;
const MOST_WEIGHT = 1_000_000;
/** A day: a longer patience is a mistake in the unit. */
const MOST_PATIENCE_MS = 86_400_000;

const OPEN = {
  redis: optionThat(
    'must be a Redis URL or a client of ioredis',
    (value) => typeof value === 'string' || isRedisClient(value),
  ),
  prefix: textOption.optional(),
  log: optionThat('must be a logger, such as console', isLogger).optional(),
} satisfies Record<keyof OpenOptions, z.ZodType>;

const rule = mapOption(z.unknown()).optional();

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
  retention: z.strictObject({ succeeded: rule, failed: rule }).optional(),
  middleware: listOption(functionOption).optional(),
  schedules: listOption(optionThat('must be what schedule(…) returns', isSchedule)).optional(),
  backoffs: mapOption(functionOption).optional(),
  isFailure: functionOption.optional(),
  attributesErrors: flagOption.optional(),
} satisfies Record<keyof OpenWorkerOptions, z.ZodType>;

const PRODUCER = { ...OPEN, name: z.unknown() } satisfies Record<keyof OpenProducerOptions, z.ZodType>;

/** Throws CONFIG_INVALID for options that a worker cannot have, and for a queue that none of its handlers is for. */
export function checkWorkerOptions(given: OpenWorkerOptions): void {
  checkOptions('createWorker', WORKER satisfies OptionsShape, given);
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

/** Throws CONFIG_INVALID for options that a producer cannot have. */
export function checkProducerOptions(given: OpenProducerOptions): void {
  checkOptions('createProducer', PRODUCER, given);
}

/** Throws CONFIG_INVALID for options that an inspector cannot have. */
export function checkInspectorOptions(given: OpenOptions): void {
  checkOptions('createInspector', OPEN, given);
}

function isLogger(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'info') === 'function';
}

function refused(path: string, message: string): ApiaryError {
  return new ApiaryError('CONFIG_INVALID', `createWorker: ${path} ${message}`, {
    problems: [{ path, message }],
  });
}
