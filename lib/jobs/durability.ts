import { checkOptions, flagOption, Option, objectOption, wholeOption } from '../check-options.ts';
import { ApiaryError } from '../errors.ts';
import type { AddOptions } from './options.ts';

/** Who must have a job before its add is acknowledged. */
export interface Durability {
  /** How many replicas, from 1 to 100; with `onDisk` from 0. */
  replicas: number;
  /** How long they are waited for once the job is stored, in ms, from 1 to 5,000. */
  timeoutMs: number;
  /**
   * Whether the primary, and so many replicas, must have written it to the disk, in their append-only files; default
   * false: in memory will do. For Redis 7.2 and newer; others refuse the add, REDIS_REFUSED, before anything is stored.
   */
  onDisk?: boolean | undefined;
}

/** What may be said of an add over a producer: beside all else, how many replicas must have it. */
export interface DurableAddOptions extends AddOptions {
  /**
   * Rejects with NOT_DURABLE, a {@link NotDurableError}, where fewer replicas have the job in time; it is stored on the
   * primary then. Default: that of the producer.
   */
  durability?: Durability | undefined;
}

/** A job that is stored on the primary. */
export interface StoredJob {
  readonly id: string;
  readonly queue: string;
}

/**
 * What an add with `durability` rejects with where too few replicas are known to have what it has stored; its code is
 * NOT_DURABLE. Added again with its id, a job is not stored twice: that waits for the replicas anew.
 */
export class NotDurableError extends ApiaryError {
  /** The jobs, each of which is stored on the primary. */
  readonly jobs: readonly StoredJob[];

  constructor(jobs: readonly StoredJob[], why: string, cause: unknown) {
    const [first] = jobs;
    const others = jobs.length > 1 ? ` and ${jobs.length - 1} more` : '';
    const is = jobs.length > 1 ? 'are' : 'is';
    const what = `job ${first?.id} of queue ${first?.queue}${others}`;
    const again = 'add again with the same id to wait anew';
    super('NOT_DURABLE', `${what} ${is} stored on the primary, but ${why}; ${again}`, { cause });
    this.jobs = jobs;
  }
}

const MOST_REPLICAS = 100;
/** A Redis that is silent for longer is taken to be gone. */
const MOST_TIMEOUT_MS = 5_000;

const FIELDS = { timeoutMs: wholeOption(1, MOST_TIMEOUT_MS), onDisk: flagOption.optional() };
const IN_MEMORY = objectOption({ replicas: wholeOption(1, MOST_REPLICAS), ...FIELDS });
const ON_DISK = objectOption({ replicas: wholeOption(0, MOST_REPLICAS), ...FIELDS });

/** What `durability` may be, wherever it is said. */
export const durabilityOption = new Option((value, path) => {
  const isOnDisk = typeof value === 'object' && value !== null && Reflect.get(value, 'onDisk') === true;
  return (isOnDisk ? ON_DISK : IN_MEMORY).problemsOf(value, path);
}).optional();

/** Reads the `durability` of an add. Throws JOB_INVALID for what is none. */
export function readDurability(durability: unknown): Durability | undefined {
  return isDurability(durability) ? { ...durability } : undefined;
}

function isDurability(value: unknown): value is Durability {
  checkOptions('options', { durability: durabilityOption }, { durability: value }, 'JOB_INVALID');
  return value !== undefined;
}
