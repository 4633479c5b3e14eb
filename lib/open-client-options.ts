import {
  anyOption,
  checkOptions,
  flagOption,
  type Option,
  optionThat,
  textOption,
  wholeOption,
} from './check-options.ts';
import type { ConsoleLike } from './console-logger.ts';
import { isRedisClient } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { type Durability, durabilityOption } from './jobs/durability.ts';
import type { Logger } from './logger.ts';

/** Where Redis is and how our keys begin. */
export interface OpenOptions {
  /** A URL in any form that REDIS_URL takes, or a client of ioredis, which stays the caller's to close. */
  redis: string | RedisClient;
  /** How the keys of queues begin; default `bq`, as bee-queue's. */
  prefix?: string;
  /** A logger as `createLogger` makes one, anything of that shape, or `console`. Default: nothing is logged. */
  log?: Logger | ConsoleLike;
  /**
   * How long the data of a job may be that is stored by this, as JSON in bytes; default 1,048,576. What is longer is
   * refused, DATA_TOO_LARGE.
   */
  maxDataBytes?: number;
}

/** What `createProducer` takes. */
export interface OpenProducerOptions extends OpenOptions {
  /**
   * Who it is, kept with each job that it adds: 1 to 100 characters without control characters. Default: nothing is
   * kept.
   */
  name?: string;
  /**
   * Whether the answers to adds have `warnings`: of types that no live worker takes from the queue, and of workers that
   * go by another schema. Default false. What workers say of themselves is read every five seconds then, while there
   * are adds.
   */
  warnings?: boolean;
  /**
   * How many replicas must have a job before its add is acknowledged; an add may say otherwise. Default: none is asked
   * for. Of chains, batches and `addRaw` too, not of schedules. Not in a Redis Cluster.
   */
  durability?: Durability;
}

/** Says what each option may be that all entries have. */
export const OPEN = {
  redis: optionThat(
    'must be a Redis URL or a client of ioredis',
    (value) => typeof value === 'string' || isRedisClient(value),
  ),
  prefix: textOption.optional(),
  log: optionThat('must be a logger, such as console', isLogger).optional(),
  maxDataBytes: wholeOption(1).optional(),
} satisfies Record<keyof OpenOptions, Option>;

const PRODUCER = {
  ...OPEN,
  name: anyOption,
  warnings: flagOption.optional(),
  durability: durabilityOption,
} satisfies Record<keyof OpenProducerOptions, Option>;

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
