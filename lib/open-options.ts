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
import { isRedisClient } from './engine/connections.ts';
import { ApiaryError } from './errors.ts';
import { isName, NAME_RULE } from './names.ts';
import { nearestOf } from './nearest.ts';
import type { OpenOptions, OpenProducerOptions, OpenWorkerOptions } from './open.ts';
import { isBoundHandler, isSchedule } from './worker/handler-shape.ts';

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
