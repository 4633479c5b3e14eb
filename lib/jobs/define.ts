import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ApiaryError, type FieldProblem } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { IsFailure } from './failed-job.ts';
import { isName, NAME_RULE } from './name.ts';
import { JOB_OPTION_NAMES, type JobOptions } from './options.ts';

/** What a job is: its type, where it waits, the shape of its data and the defaults of its options. */
export interface JobDefinition<Input = unknown, Data = Input> {
  readonly type: string;
  readonly queue: string;
  readonly schema: StandardSchemaV1<Input, Data>;
  readonly defaults: JobOptions;
}

/** What `defineJob` takes: the definition, with any job option beside it as the default of the type. */
export interface JobDefinitionInput<Input, Data> extends JobOptions {
  /** What it is, for example `email.send`. */
  type: string;
  /** Where it waits; default `default`. */
  queue?: string;
  /** Any Standard Schema; its output type is the type of the data that the handler gets. */
  schema: StandardSchemaV1<Input, Data>;
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
  /** Aborts on timeout, cancellation, loss of the claim and at the end of a shutdown's patience. */
  readonly signal: AbortSignal;
  /** A logger that carries queue, type, job id and attempt. */
  readonly log: Logger;
  /** Stores how far the job is, readable from any process; any JSON value, a percentage by custom. */
  progress(value: unknown): Promise<void>;
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
 * Throws JOB_INVALID when a name is blank, longer than 128 characters or has a space, colon or brace, or when an
 * option is unknown.
 */
export function defineJob<Input, Data>(input: JobDefinitionInput<Input, Data>): JobDefinition<Input, Data> {
  const { type, queue = 'default', schema, ...defaults } = input;
  requireName('type', type);
  requireName('queue', queue);
  if (typeof schema?.['~standard']?.validate !== 'function') {
    throw new ApiaryError(
      'JOB_INVALID',
      `job type ${type}: schema must be a Standard Schema, such as one of zod`,
    );
  }
  for (const name of Object.keys(defaults)) {
    if (JOB_OPTION_NAMES.includes(name as keyof JobOptions)) continue;
    throw new ApiaryError(
      'JOB_INVALID',
      `job type ${type}: unknown option ${name}; known are ${JOB_OPTION_NAMES.join(', ')}`,
    );
  }
  return Object.freeze({ type, queue, schema, defaults: Object.freeze(defaults) });
}

/** Binds a handler to a definition; the type of its data follows from the schema. */
export function handle<Input, Data>(
  definition: JobDefinition<Input, Data>,
  run: HandlerFunction<Data>,
  { isFailure, middleware }: HandlerOptions<Data> = {},
): BoundHandler {
  // The worker parses with this very definition before it calls, so the data has the type by then.
  return {
    definition: definition as JobDefinition<unknown, unknown>,
    run: run as HandlerFunction,
    ...(isFailure ? { isFailure } : {}),
    ...(middleware ? { middleware: middleware as Middleware[] } : {}),
  };
}

/**
 * Checks data against the schema of a definition: the parsed data, or a promise of it where the schema needs one.
 * Throws JOB_INVALID, or rejects with it, naming each wrong field.
 */
export function parseData<Data>(
  definition: JobDefinition<unknown, Data> | JobDefinition<never, Data>,
  data: unknown,
): Data | Promise<Data> {
  const result = definition.schema['~standard'].validate(data);
  // Most schemas answer at once; waiting for them all the same would cost each job a turn.
  return result instanceof Promise
    ? result.then((later) => acceptData(definition.type, later))
    : acceptData(definition.type, result);
}

function acceptData<Data>(type: string, result: StandardSchemaV1.Result<Data>): Data {
  if (!result.issues) return result.value;
  const problems = result.issues.map(toProblem);
  const first = problems[0];
  throw new ApiaryError(
    'JOB_INVALID',
    `data of ${type} is not valid: ${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'rejected'}`,
    { problems },
  );
}

/** Throws JOB_INVALID unless the value can be the name of a queue or a job type. */
export function requireName(field: 'type' | 'queue', value: unknown): asserts value is string {
  if (isName(value)) return;
  const message = `${field} must be ${NAME_RULE}, not ${JSON.stringify(value)}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: field, message }] });
}

function toProblem(issue: StandardSchemaV1.Issue): FieldProblem {
  const steps = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
  return { path: steps.map(String).join('.'), message: issue.message };
}
