import {
  anyOption,
  checkOptions,
  flagOption,
  Option,
  objectOption,
  optionThat,
  textOption,
  wholeOption,
} from './check-options.ts';
import type { ConsoleLike } from './console-logger.ts';
import { isRedisClient } from './engine/connections.ts';
import type { RedisClient } from './engine/scripts.ts';
import { type Durability, durabilityOption } from './jobs/durability.ts';
import { type EncryptionOptions, KEYRING_RULE, parseKeyring } from './keyring.ts';
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
  /**
   * By what jobs are encrypted in Redis that ask for it, or all, and opened again. Default: nothing; then such jobs are
   * refused, and what is stored of them is hidden.
   */
  encryption?: EncryptionOptions;
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
  /**
   * Which part of Redis's `maxmemory` adds leave free, from 0 to 0.5: with less than that they are refused, REDIS_FULL,
   * so that jobs that run can still end. Default 0: then Redis refuses them when it is full. It is looked once a second
   * at most, while there are adds.
   */
  memoryReserve?: number;
}

/** What is wrong with keys is told without them. */
const keysOption = new Option((value, path) =>
  typeof value === 'string' && parseKeyring(value) ? [] : [{ path, message: `must be ${KEYRING_RULE}` }],
);

const encryptionOption = objectOption({ keys: keysOption, all: flagOption.optional() }).optional();

/** Says what each option may be that all entries have. */
export const OPEN = {
  redis: optionThat(
    'must be a Redis URL or a client of ioredis',
    (value) => typeof value === 'string' || isRedisClient(value),
  ),
  prefix: textOption.optional(),
  log: optionThat('must be a logger, such as console', isLogger).optional(),
  maxDataBytes: wholeOption(1).optional(),
  encryption: encryptionOption,
} satisfies Record<keyof OpenOptions, Option>;

const PRODUCER = {
  ...OPEN,
  name: anyOption,
  warnings: flagOption.optional(),
  durability: durabilityOption,
  memoryReserve: optionThat('must be a number from 0 to 0.5', isReserve).optional(),
} satisfies Record<keyof OpenProducerOptions, Option>;

/** Throws CONFIG_INVALID for options that a producer cannot have. */
export function checkProducerOptions(given: OpenProducerOptions): void {
  checkOptions('createProducer', PRODUCER, given);
}

/** Throws CONFIG_INVALID for options that an inspector cannot have. */
export function checkInspectorOptions(given: OpenOptions): void {
  checkOptions('createInspector', OPEN, given);
}

function isReserve(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 0.5;
}

function isLogger(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'info') === 'function';
}
