import { isDeepStrictEqual } from 'node:util';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ApiaryError } from '../../errors.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { Added } from '../../jobs/added.ts';
import type { Adder } from '../../jobs/adder.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import { NotDurableError } from '../../jobs/durability.ts';
import type { AddWarning } from '../../jobs/worker-check.ts';
import { ALL_RIGHTS, type KeyRights } from '../../key-rights.ts';
import type { Logger } from '../../logger.ts';
import { nearestOf, unknownAmong } from '../../nearest.ts';
import { adopted, isThenable } from '../../promises.ts';
import { MOST_ERRORS, type Problem, toProblem } from '../problem.ts';
import { requireQueueOf } from './access.ts';
import { parse } from './api-route.ts';
import { type AddedJob, type NewJob, newJobSchema } from './api-schemas.ts';

/** What adding jobs works with. */
export interface AddDeps {
  producer: Adder;
  inspector: Inspector;
  /** Opens what a job with the same idempotency key was made of, to compare it; default the inspector. */
  comparing?: Inspector;
  /** The job types known here, by name. */
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  log: Logger;
  /** What the key of the call may do; default all. */
  rights?: KeyRights;
  /** Of so many fields at fault each job tells; default 100. */
  mostErrors?: number;
}

/** How often a job is added again whose namesake was removed just before it could be looked at. */
const ADD_TRIES = 3;
const MOST_TYPES_NAMED = 20;
const MOST_WARNINGS = 100;
/** Of so many fields at fault each job of a batch tells: all of them tell in one answer. */
const MOST_ERRORS_EACH = 10;

/**
 * Adds a job, or finds the one that has its id or holds its unique key. Throws JOB_INVALID with paths as they are in
 * the request, and JOB_TYPE_UNKNOWN when neither the type is known nor a queue given.
 */
export async function addJob(deps: AddDeps, job: NewJob): Promise<AddedJob> {
  for (let tried = 0; tried < ADD_TRIES; tried++) {
    const { id, queue, type, state, replaced, warnings } = await send(deps, job);
    const told = warnings && { warnings: [...warnings] };
    if (state !== null) return { id, queue, type, state, created: true, ...told };
    const existing = await deps.inspector.job(queue, id);
    const answer = {
      id,
      queue,
      type: existing?.type ?? type,
      created: false,
      ...(replaced && { replaced }),
      ...told,
    };
    if (existing) return { ...answer, state: existing.state };
    // Not found by its own id, so by its unique key: that of a throttle is held although its job may be gone. And one
    // that waited in a group has been handed over with the others.
    if (id !== job.options?.id || job.options.group !== undefined) return { ...answer, state: null };
  }
  throw new ApiaryError('JOB_EXISTS', 'the job with that id is being added and removed by others');
}

/** The answer to one job of a batch. */
export type BatchEntry = Omit<AddedJob, 'warnings'> | { error: Problem };

/** The answers to a batch, and what there is to think of, each thing once. */
export interface BatchAnswer {
  results: BatchEntry[];
  warnings?: AddWarning[];
}

/**
 * Adds each job of a batch; the answers are in order, and one that fails does not stop the others.
 * Throws when nothing was added because Redis is away, so that the whole can simply be sent again.
 */
export async function addBatch(deps: AddDeps, jobs: readonly unknown[]): Promise<BatchAnswer> {
  const each = { ...deps, mostErrors: MOST_ERRORS_EACH };
  const settled = await Promise.allSettled(jobs.map((job) => addEntry(each, job)));
  const reasons: unknown[] = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  // What is stored, but not as durably as asked for, must be told of: it is to be added again with its id.
  if (reasons.length === settled.length && !reasons.some((reason) => reason instanceof NotDurableError)) {
    const away = reasons.find((reason) => toProblem(reason).status >= 500);
    if (away !== undefined) throw away;
  }
  const told = new Map<string, AddWarning>();
  const results = settled.map((one): BatchEntry => {
    if (one.status === 'rejected') return toErrorEntry(deps.log, one.reason);
    if (one.value.warnings === undefined) return one.value;
    const { warnings, ...added } = one.value;
    for (const warning of warnings) noteWarning(told, warning);
    return added;
  });
  return told.size === 0 ? { results } : { results, warnings: [...told.values()] };
}

/** Takes note of a warning once: many jobs of a batch have the same. */
function noteWarning(told: Map<string, AddWarning>, warning: AddWarning): void {
  const name = `${warning.code} ${warning.queue} ${warning.type}`;
  if (told.size < MOST_WARNINGS && !told.has(name)) told.set(name, warning);
}

/**
 * Adds a job under an idempotency key, if there is one. Throws JOB_EXISTS where the key has made another job than
 * this.
 */
export async function addUnderKey(deps: AddDeps, job: NewJob, key: string | undefined): Promise<AddedJob> {
  const added = await addJob(deps, withIdempotencyKey(job, key));
  if (key === undefined || added.created || added.id !== key) return added;
  const { type, queue, id } = added;
  const stored = await (deps.comparing ?? deps.inspector).job(queue, id);
  // What cannot be opened here cannot be compared.
  if (!stored || stored.encrypted === 'closed') return added;
  if (type === job.type && isDeepStrictEqual(stored.data, job.data ?? null)) return added;
  const message = `the Idempotency-Key has made job ${id} of queue ${queue} from another type or other data`;
  throw new ApiaryError('JOB_EXISTS', message);
}

/** Takes the idempotency key for the id. Throws JOB_INVALID when both are given and differ. */
function withIdempotencyKey(job: NewJob, key: string | undefined): NewJob {
  const id = oneId('options.id', job.options?.id, key);
  return id === undefined ? job : { ...job, options: { ...job.options, id } };
}

/**
 * The id or the idempotency key, whichever is given. Throws JOB_INVALID, naming the path of the id, when both are and
 * differ.
 */
export function oneId(path: string, id: string | undefined, key: string | undefined): string | undefined {
  if (id !== undefined && key !== undefined && id !== key)
    throw invalid(path, 'differs from the Idempotency-Key header; give one of them');
  return id ?? key;
}

function toErrorEntry(log: Logger, reason: unknown): BatchEntry {
  const error = toProblem(reason, MOST_ERRORS_EACH);
  if (error.status === 500) log.error('a job of a batch failed', { err: reason });
  return { error };
}

function addEntry(deps: AddDeps, job: unknown): Promise<AddedJob> {
  // Only a line that is no JSON comes as an error; nothing parsed from JSON is one.
  if (job instanceof ApiaryError) return Promise.reject(job);
  try {
    return addJob(deps, parse(newJobSchema, job, MOST_ERRORS_EACH));
  } catch (error) {
    return Promise.reject(error);
  }
}

function send(
  { producer, definitions, rights = ALL_RIGHTS, mostErrors = MOST_ERRORS }: AddDeps,
  { type, data, options }: NewJob,
): Promise<Added> {
  const { queue, ...jobOptions } = options ?? {};
  const definition = definitions.get(type);
  const where = queue ?? definition?.queue;
  if (where !== undefined) requireQueueOf(rights, where);
  // Without options of its own it is as any other of its type, and what those come to is written out once.
  if (definition && !options) return producer.add(asRequested(definition, mostErrors), data);
  if (definition) {
    const own = forRequest(definition, { ...(queue !== undefined && { queue }), mostErrors });
    return producer.add(own, data, jobOptions);
  }
  const job = { type, queue, data };
  requireElsewhere(definitions, job);
  return producer.addRaw({ ...job, options: jobOptions });
}

/**
 * Makes sure that a job of a type that is not known here says what it needs then. Throws JOB_TYPE_UNKNOWN without a
 * queue, and JOB_INVALID without data.
 */
export function requireElsewhere(
  definitions: AddDeps['definitions'],
  job: { type: string; queue: string | undefined; data?: unknown },
): asserts job is { type: string; queue: string; data: unknown } {
  const { type, queue, data } = job;
  if (queue === undefined) {
    const why = unknownAmong(type, someTypes(type, definitions));
    const message = `job type ${type} is ${why}; give options.queue to add it for a worker elsewhere`;
    throw new ApiaryError('JOB_TYPE_UNKNOWN', message);
  }
  if (data === undefined) throw invalid('data', 'is required; null is allowed');
}

/** Those that are named to who asks for another one, the nearest among them. */
function someTypes(type: string, definitions: AddDeps['definitions']): string[] {
  const all = [...definitions.keys()].sort();
  const meant = nearestOf(type, all);
  const others = all.filter((one) => one !== meant);
  return [...(meant === null ? [] : [meant]), ...others].slice(0, MOST_TYPES_NAMED);
}

const requested = new WeakMap<
  JobDefinition<unknown, unknown>,
  Map<number, JobDefinition<unknown, unknown>>
>();

/** The definition for requests that say no queue of their own: the same one each time. */
function asRequested(
  definition: JobDefinition<unknown, unknown>,
  mostErrors: number,
): JobDefinition<unknown, unknown> {
  const all = requested.get(definition) ?? new Map<number, JobDefinition<unknown, unknown>>();
  const known = all.get(mostErrors) ?? forRequest(definition, { mostErrors });
  requested.set(definition, all.set(mostErrors, known));
  return known;
}

/** How a request names a job of a definition. */
interface RequestedJob {
  /** Default that of the definition. */
  queue?: string;
  /** Where its data are; default `data`. */
  at?: readonly string[];
  /** Of so many fields at fault it is told; default 100. */
  mostErrors?: number;
}

/** The definition, in the queue that the request names, with the paths of bad data as they are in the request. */
export function forRequest(
  definition: JobDefinition<unknown, unknown>,
  { queue = definition.queue, at = ['data'], mostErrors = MOST_ERRORS }: RequestedJob = {},
): JobDefinition<unknown, unknown> {
  const { '~standard': standard } = definition.schema;
  const placed = (result: StandardSchemaV1.Result<unknown>): StandardSchemaV1.Result<unknown> =>
    Array.isArray(result?.issues) ? { issues: placedIssues(result.issues, at, mostErrors) } : result;
  // Most schemas answer at once; and what they find is let go of before the next job is looked at.
  const validate: typeof standard.validate = (value) => {
    const result = standard.validate(value);
    return isThenable(result) ? adopted(result).then(placed) : placed(result);
  };
  return { ...definition, queue, schema: { '~standard': { ...standard, validate } } };
}

function placedIssues(
  issues: readonly StandardSchemaV1.Issue[],
  at: readonly string[],
  most: number,
): StandardSchemaV1.Issue[] {
  const isAll = issues.length <= most;
  const told = (isAll ? issues : issues.slice(0, most - 1)).map(({ message, path = [] }) => ({
    message,
    path: [...at, ...path],
  }));
  return isAll ? told : [...told, { message: `has ${issues.length - told.length} more faults`, path: at }];
}

/** A refusal of one field. */
export function invalid(path: string, message: string): ApiaryError {
  return new ApiaryError('JOB_INVALID', `the request is not valid: ${path} ${message}`, {
    problems: [{ path, message }],
  });
}
