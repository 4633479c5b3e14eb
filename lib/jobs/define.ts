import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkOptions, functionOption, listOption } from '../check-options.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { requireName } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import type { IsFailure } from './failed-job.ts';
import { type GroupOptions, type GroupSettings, resolveGroup } from './group.ts';
import { JOB_OPTION_NAMES, type JobOptions } from './options.ts';
import { isOptionName, resolveOptions } from './resolve-options.ts';

/** What a job is: its type, where it waits, the shape of its data and the defaults of its options. */
export interface JobDefinition<Input = unknown, Data = Input> {
  readonly type: string;
  readonly queue: string;
  readonly schema: StandardSchemaV1<Input, Data>;
  readonly defaults: JobOptions;
  /** When groups of such jobs are handed over; absent for a type that gathers none. */
  readonly group?: GroupSettings;
  /** Whether an attempt whose time is over ends only with its handler; absent for no. */
  readonly retryAfterEnd?: boolean;
}

/** What `defineJob` takes: the definition, with any job option beside it as the default of the type. */
export interface JobDefinitionInput<Input, Data> extends Omit<JobOptions, 'group'> {
  /** What it is, for example `email.send`. */
  type: string;
  /** Where it waits; default `default`. */
  queue?: string;
  /** Any Standard Schema; its output type is the type of the data that the handler gets. */
  schema: StandardSchemaV1<Input, Data>;
  /**
   * Jobs of this type may be added to groups, for a handler of `handleGroup`; `{}` for the defaults. Default: none
   * may.
   */
  group?: GroupOptions;
  /**
   * Whether an attempt whose timeout or deadline has come goes on until its handler has ended, or for half a minute;
   * until then the job is not retried, and holds its key, its limits and its claim. Default false: it ends at once.
   */
  retryAfterEnd?: boolean;
}

/** What a handler is given beside the data of the job. */
export interface JobContext {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** 1 for the first run of the job. */
  readonly attempt: number;
  /** The string map that the producer sent along; `{}` when none. */
  readonly headers: Readonly<Record<string, string>>;
  /** The schedule that fired the job, and the tick (epoch ms) that it is for; null when none did. */
  readonly schedule: { readonly name: string; readonly tick: number } | null;
  /**
   * Aborts on timeout, cancellation, loss of the claim and at the end of a shutdown's patience. Its reason is an
   * ApiaryError of the name AbortError, with JOB_TIMED_OUT, JOB_EXPIRED (its deadline), JOB_CANCELLED, JOB_LOST or
   * QUEUE_CLOSED (the shutdown).
   */
  readonly signal: AbortSignal;
  /** A logger that carries queue, type, job id and attempt. */
  readonly log: Logger;
  /**
   * Stores how far the job is, readable from any process; any JSON value, a percentage by custom. Rejects with
   * JOB_INVALID for anything else.
   */
  progress(value: unknown): Promise<void>;
  /**
   * Does something at most once over all attempts, unless the worker dies between doing and noting it: what `effect`
   * comes to is stored with the job under the key, and later calls get that. Up to 100 keys, each result up to 16,384
   * characters of JSON. Rejects with what `effect` throws, and nothing is stored then; with RESULT_UNSERIALISABLE or
   * JOB_INVALID when its result cannot be; with JOB_LOST when the claim on the job is gone.
   */
  once<T>(key: string, effect: () => T | Promise<T>): Promise<T>;
  /**
   * A number that is greater than all that the queue has given to attempts before, the same for the whole attempt: what
   * refuses smaller ones than it has seen is safe from late attempts. Rejects with JOB_LOST when the claim is gone.
   */
  fencingNumber(): Promise<number>;
  /**
   * Adds a job if this attempt succeeds, in the same step as its end; up to 1,000 per attempt. Resolves, once its data
   * are checked, with where it will be. Rejects with JOB_INVALID for data or options that are wrong, for an `id` or a
   * unique key, and in a Redis Cluster for another queue; with JOB_LOST when the attempt has ended.
   */
  follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options?: Omit<JobOptions, 'id' | 'unique'>,
  ): Promise<{ id: string; queue: string; type: string }>;
  /** What the job before it in its chain came to; undefined where there is none, or it returned nothing. */
  readonly previous: unknown;
  /** Of the last job of a batch: what came of that; null for all others. */
  readonly batch: BatchSummary | null;
}

/** What became of a batch, when the job after it was added. */
export interface BatchSummary {
  readonly id: string;
  readonly queue: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** What runs a job: what it returns or resolves with is the result. */
export type HandlerFunction<Data = unknown> = (data: Data, ctx: JobContext) => unknown;

/**
 * Wraps a handler: called once, when the worker is made, with what comes next, and returns what is called in its place.
 * It sees the data as the schema made it, and has to return what `next` returns, or the job has no result.
 */
export type Middleware<Data = unknown> = (next: HandlerFunction<Data>) => HandlerFunction<Data>;

/** A handler bound to its definition, as `createWorker` takes it and handler modules export it. */
export interface BoundHandler {
  readonly definition: JobDefinition<unknown, unknown>;
  readonly run: HandlerFunction;
  readonly isFailure?: IsFailure;
  readonly middleware?: readonly Middleware[];
  /** There on a handler that is given lists of jobs. */
  readonly takesGroups?: true;
}

/** What a handler may say beside what it does. */
export interface HandlerOptions<Data = unknown> {
  /** Which of its errors are failures; default what the worker says, else all. */
  isFailure?: IsFailure;
  /** Wrapped around it, within the middleware of the worker; the first is outermost. */
  middleware?: readonly (Middleware | Middleware<Data>)[];
}

/**
 * Defines a job type once, for producers and workers alike.
 * Throws JOB_INVALID when a name cannot be (1 to 128 characters without spaces, colons, braces, control or
 * bidirectional characters, and not `.` or `..`), or when an option is unknown or cannot be.
 */
export function defineJob<Input, Data>(input: JobDefinitionInput<Input, Data>): JobDefinition<Input, Data> {
  if (typeof input !== 'object' || input === null)
    throw new ApiaryError(
      'JOB_INVALID',
      `defineJob takes an object with type and schema, not ${describeValue(input)}`,
    );
  const { type, queue = 'default', schema, group, retryAfterEnd, ...defaults } = input;
  requireName('type', type);
  requireName('queue', queue);
  if (typeof schema?.['~standard']?.validate !== 'function') {
    throw new ApiaryError(
      'JOB_INVALID',
      `job type ${type}: schema must be a Standard Schema, such as one of zod`,
    );
  }
  for (const name of Object.keys(defaults)) {
    if (isOptionName(name)) continue;
    throw new ApiaryError(
      'JOB_INVALID',
      `job type ${type}: option ${name} is ${unknownAmong(name, JOB_OPTION_NAMES)}`,
    );
  }
  if (retryAfterEnd !== undefined && typeof retryAfterEnd !== 'boolean')
    throw new ApiaryError(
      'JOB_INVALID',
      `job type ${type}: retryAfterEnd must be true or false, not ${describeValue(retryAfterEnd)}`,
    );
  // Here rather than at the first job that is added.
  resolveOptions(defaults, {});
  return Object.freeze({
    ...{ type, queue, schema, defaults: Object.freeze(defaults) },
    ...(group === undefined ? {} : { group: resolveGroup(type, group) }),
    ...(retryAfterEnd === undefined ? {} : { retryAfterEnd }),
  });
}

/**
 * Binds a handler to a definition; the type of its data follows from the schema. Throws CONFIG_INVALID for what is no
 * definition or no function, and for options that cannot be.
 */
export function handle<Input, Data>(
  definition: JobDefinition<Input, Data>,
  run: HandlerFunction<Data>,
  options: HandlerOptions<Data> = {},
): BoundHandler {
  requireHandler('handle', { definition, run, options });
  const { isFailure, middleware } = options;
  return {
    definition: untyped(definition),
    // The worker parses with this very definition before it calls, so the data has the type by then.
    run: run as HandlerFunction,
    ...(isFailure ? { isFailure } : {}),
    // Likewise: it is called with what `run` is called with.
    ...(middleware ? { middleware: middleware as Middleware[] } : {}),
  };
}

/** A definition among others of other types: whoever has it hands its data to its own schema alone. */
export function untyped<Input, Data>(
  definition: JobDefinition<Input, Data>,
): JobDefinition<unknown, unknown> {
  // The types of what goes in and out are the schema's to check.
  return definition as JobDefinition<unknown, unknown>;
}

const HANDLER_OPTIONS = {
  isFailure: functionOption.optional(),
  middleware: listOption(functionOption).optional(),
} satisfies Record<keyof HandlerOptions, unknown>;

/** Throws CONFIG_INVALID where what a handler is made of cannot be. */
export function requireHandler(
  entry: string,
  { definition, run, options }: { definition: unknown; run: unknown; options: unknown },
): void {
  if (!isDefinition(definition))
    throw new ApiaryError('CONFIG_INVALID', `${entry}: ${noDefinition(definition)}`);
  const { type } = definition;
  if (typeof run !== 'function')
    throw new ApiaryError(
      'CONFIG_INVALID',
      `${entry} for ${type}: the handler must be a function, not ${describeValue(run)}`,
    );
  checkOptions(`${entry} for ${type}`, HANDLER_OPTIONS, options);
}

/** Throws JOB_INVALID unless the value is a definition. */
export function requireDefinition(value: unknown): asserts value is JobDefinition {
  if (!isDefinition(value)) throw new ApiaryError('JOB_INVALID', noDefinition(value));
}

function noDefinition(value: unknown): string {
  return `the job must be defined by defineJob(…) and given as that, not as ${describeValue(value)}`;
}

function isDefinition(value: unknown): value is JobDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { type, queue, schema }: Partial<JobDefinition> = value; // Each is looked at below.
  return (
    typeof type === 'string' &&
    typeof queue === 'string' &&
    typeof schema?.['~standard']?.validate === 'function'
  );
}

/** What breaks over what is no definition says nothing of that itself; looked at only then, as it costs every add. */
export function ofDefinition(definition: unknown, error: unknown): unknown {
  try {
    requireDefinition(definition);
    return error;
  } catch (refusal) {
    return refusal;
  }
}
