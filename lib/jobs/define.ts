import type { StandardSchemaV1 } from '@standard-schema/spec';
import { functionOption, listOption } from '../check-options.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import { requireName } from '../names.ts';
import type { JobDefinition } from './definition.ts';
import { requireOptionNames } from './definition-checks.ts';
import type { IsFailure } from './failed-job.ts';
import { type GroupOptions, type GroupSettings, resolveGroup } from './group.ts';
import { type GivenHandler, importedHandler, requireRun } from './handler-checks.ts';
import type { HeldAsJson } from './held-as-json.ts';
import { type Isolation, type IsolationOptions, isolationOf } from './isolation.ts';
import type { JobContextOf } from './job-context.ts';
import type { JobOptions } from './options.ts';
import { requireFlag, requireReads, requireSchema } from './reading-checks.ts';
import { resolveOptions } from './resolve-options.ts';
import { requireSignals, type SignalSchemas } from './signals.ts';

export type { JobDefinition } from './definition.ts';
export type { BatchSummary, JobContext, JobContextOf, SignalContext } from './job-context.ts';

/** The schema of data that nothing checks. */
const ANYTHING: StandardSchemaV1 = Object.freeze({
  '~standard': Object.freeze({ version: 1, vendor: 'apiary', validate: (value: unknown) => ({ value }) }),
});

/** Says whether a type gathers groups. */
export interface OfGroup<Group> {
  readonly group?: Group;
}

/** Refuses a `group` of a job whose type is known to gather none. */
export type GroupOption<Group, Name> = [Group] extends [undefined]
  ? [Name] extends [string]
    ? { group: 'the definition of the type has to say group' }
    : { group?: Name }
  : { group?: Name };

/** What the definition of a type says of groups, by what was said of them. */
type SaidGroup<Group> = [Group] extends [undefined]
  ? { readonly group?: undefined }
  : { readonly group: GroupSettings };

/** What `defineJob` takes where the type of the data is given, and nothing checks them. */
export type UncheckedInput<Data, Result> = Omit<
  JobDefinitionInput<Data, Data, Result>,
  'schema' | 'reads' | 'signals'
> & { schema?: undefined; reads?: undefined; signals?: undefined };

/** What `defineJob` takes: the definition, with any job option beside it as the default of the type. */
export interface JobDefinitionInput<Input, Data, Result = unknown, Reads = unknown, Signals = unknown>
  extends Omit<JobOptions, 'group'> {
  /** What it is, for example `email.send`. */
  type: string;
  /** Where it waits; default `default`. */
  queue?: string;
  /** Any Standard Schema; its output type is the type of the data that the handler gets. */
  schema: StandardSchemaV1<Input, Data>;
  /**
   * What the handler returns, by a Standard Schema that changes nothing: the type of its result, also of that of
   * `waitFor`. A result that it refuses is a failure of the attempt, and it is checked where a step of a workflow reads
   * it. Default: anything.
   */
  result?: StandardSchemaV1<Result>;
  /**
   * The steps of a workflow whose results such a job reads, by their names, with their definitions: `ctx.results` has
   * them by these types, each checked by the `result` of its definition. A workflow whose steps of this type do not
   * come after such steps is refused. Default: none has to be there.
   */
  reads?: Reads;
  /**
   * The signals that such a job waits for by `ctx.waitFor`, and no others, with Standard Schemas of their data: the
   * handler gets those by these types, and `producer.signal` checks them where it is told the definition. Default: any
   * signal with any data.
   */
  signals?: Signals;
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

/** What the results of steps are, by the definitions of those steps; of others nothing is known. */
export type ResultsOf<Reads> = Readonly<Record<string, unknown>> & {
  readonly [Name in keyof Reads]: Reads[Name] extends JobDefinition<
    infer _I,
    infer _D,
    infer Result,
    infer _R,
    infer _S
  >
    ? Result
    : unknown;
};

/** What runs a job: what it returns or resolves with is the result. */
export type HandlerFunction<
  Data = unknown,
  Results = Readonly<Record<string, unknown>>,
  Result = unknown,
  Signals = unknown,
> = (data: Data, ctx: JobContextOf<Results, Signals>) => Result | Promise<Result>;

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
  /** There on one that stands for jobs which are taken by hand. */
  readonly byHand?: true;
  /** There on one that a worker runs in threads or processes of its own; `run` runs it in this one. */
  readonly isolation?: Isolation;
}

/** What a handler may say beside what it does. */
export interface HandlerOptions<Data = unknown> {
  /** Which of its errors are failures; default what the worker says, else all. */
  isFailure?: IsFailure;
  /** Wrapped around it, within the middleware of the worker; the first is outermost. */
  middleware?: readonly (Middleware | Middleware<Data>)[];
}

/** What an isolated handler may say: where it runs, and what any other may. */
export interface IsolatedHandlerOptions<Data = unknown> extends HandlerOptions<Data>, IsolationOptions {}

/**
 * Defines a job type whose data have the type that is given, without a schema: `defineJob<{ to: string }>({ type })`.
 * Nothing checks them then, neither when they are added nor before they are handled.
 */
export function defineJob<Data = never, Result = unknown, Group extends GroupOptions | undefined = undefined>(
  input: UncheckedInput<Data, Result> & { group?: Group } & HeldAsJson<Result>,
): JobDefinition<Data, Data, Result> & SaidGroup<Group>;
/**
 * Defines a job type once, for producers and workers alike.
 * Throws JOB_INVALID when a name cannot be (1 to 128 characters without spaces, colons, braces, control or
 * bidirectional characters, and not `.` or `..`), or when an option is unknown or cannot be.
 */
export function defineJob<
  Input,
  Data,
  Result = unknown,
  Reads extends Readonly<Record<string, JobDefinition>> = Record<never, never>,
  Group extends GroupOptions | undefined = undefined,
  Signals extends SignalSchemas = Record<never, never>,
>(
  input: JobDefinitionInput<Input, Data, Result, Reads, Signals> & { group?: Group } & HeldAsJson<Result>,
): JobDefinition<Input, Data, Result, Reads, Signals> & SaidGroup<Group>;
export function defineJob(
  input: Omit<JobDefinitionInput<unknown, unknown>, 'schema'> & { schema?: StandardSchemaV1 | undefined },
): JobDefinition {
  if (typeof input !== 'object' || input === null)
    throw new ApiaryError(
      'JOB_INVALID',
      `defineJob takes an object with type and schema, not ${describeValue(input)}`,
    );
  const {
    type,
    queue = 'default',
    schema = ANYTHING,
    result,
    reads,
    signals,
    group,
    retryAfterEnd,
    ...defaults
  } = input;
  requireName('type', type);
  requireName('queue', queue);
  requireSchema(type, 'schema', schema);
  requireOptionNames(type, defaults);
  if (retryAfterEnd !== undefined) requireFlag(type, 'retryAfterEnd', retryAfterEnd);
  if (result !== undefined) requireSchema(type, 'result', result);
  if (reads !== undefined) requireReads(type, reads, isDefinition);
  if (signals !== undefined) requireSignals(type, signals);
  // Here rather than at the first job that is added.
  resolveOptions(defaults, {});
  return Object.freeze({
    ...{ type, queue, schema, defaults: Object.freeze(defaults) },
    ...(result === undefined ? {} : { result }),
    ...(reads === undefined ? {} : { reads: Object.freeze({ ...reads }) }),
    ...(signals === undefined ? {} : { signals: Object.freeze({ ...signals }) }),
    ...(group === undefined ? {} : { group: resolveGroup(type, group) }),
    ...(retryAfterEnd === undefined ? {} : { retryAfterEnd }),
  });
}

/**
 * Binds a handler to a definition; the type of its data follows from the schema. Throws CONFIG_INVALID for what is no
 * definition or no function, and for options that cannot be.
 */
export function handle<Input, Data, Result, Reads, Signals>(
  definition: JobDefinition<Input, Data, Result, Reads, Signals>,
  run: HandlerFunction<Data, ResultsOf<Reads>, NoInfer<Result>, Signals>,
  options?: HandlerOptions<Data>,
): BoundHandler;
/**
 * Binds a handler to a definition that runs isolated: the module of that `file:` URL default-exports it, and each
 * worker runs it in threads or processes of its own. Its data and its result go by structured clone.
 */
export function handle<Input, Data, Result, Reads>(
  definition: JobDefinition<Input, Data, Result, Reads>,
  file: URL,
  options: IsolatedHandlerOptions<Data>,
): BoundHandler;
export function handle<Input, Data, Result, Reads, Signals>(
  definition: JobDefinition<Input, Data, Result, Reads, Signals>,
  run: HandlerFunction<Data, ResultsOf<Reads>, NoInfer<Result>, Signals> | URL,
  options: HandlerOptions<Data> & Partial<IsolationOptions> = {},
): BoundHandler {
  const isIsolated = run instanceof URL;
  requireHandler('handle', { definition, run, options, isIsolated });
  const { isFailure, middleware } = options;
  return {
    definition: untyped(definition),
    // The worker parses with this very definition before it calls, so the data has the type by then.
    run: isIsolated ? importedHandler(run) : (run as HandlerFunction),
    ...(isIsolated ? { isolation: isolationOf(`handle for ${definition.type}`, run, options) } : {}),
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
export function requireHandler(entry: string, given: GivenHandler & { definition: unknown }): void {
  const { definition } = given;
  if (!isDefinition(definition))
    throw new ApiaryError('CONFIG_INVALID', `${entry}: ${noDefinition(definition)}`);
  requireRun(`${entry} for ${definition.type}`, HANDLER_OPTIONS, given);
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
