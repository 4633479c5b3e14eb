import { systemClock } from '../clock.ts';
import { type Occurrence, occurrences, readTiming } from '../engine/schedules/occurrences.ts';
import type { MissedPolicy, OverlapPolicy, Schedule } from '../engine/schedules/schedule.ts';
import { takeFirings } from '../engine/schedules/schedules.ts';
import { ApiaryError, type FieldProblem } from '../errors.ts';
import { type EveryField, type FieldCheck, fieldCheck, invalidFields, isWhole } from '../field-checks.ts';
import { isName, NAME_RULE } from '../names.ts';
import { namesOf } from '../names-of.ts';
import { unknownAmong } from '../nearest.ts';
import { requireNamed, requireObject } from '../require-given.ts';
import { parseData } from './check-data.ts';
import { type JobDefinition, requireDefinition, untyped } from './define.ts';
import { writeData } from './given-data.ts';
import type { BarredOptions, JobOptions } from './options.ts';
import { optionsBarredFor, resolveOptions } from './resolve-options.ts';
import { resolveTiming, type TimingOptions } from './schedule-timing.ts';
import { toStoredOptions } from './stored-options.ts';

/**
 * The options that the jobs of a schedule may have: what is true of one moment or one job only is none of them, which
 * are `id`, `runAt`, `expiresAt`, `deadlineAt` and `group`.
 */
export type ScheduledJobOptions = Omit<JobOptions, BarredOptions<'scheduled'>>;

/** What a schedule is beside the type of its jobs. */
export interface ScheduleOptions<Input = unknown> extends TimingOptions {
  /** Counts per queue: 1 to 128 characters without spaces, colons or braces. */
  name: string;
  /** Of every job that it fires. */
  data: Input;
  /** Of every job that it fires, before those of its type. */
  options?: ScheduledJobOptions | undefined;
  /**
   * What becomes of ticks at which no worker of the queue was there, for more than 10 s: `once` (the default) fires
   * once for all of them, with the newest; `skip` lets them fall; `{ all: n }` fires for each of the newest n, up to
   * 1,000.
   */
  missed?: MissedPolicy | undefined;
  /** Whether a tick fires while the job of the one before has not ended: `allow` (the default) or `skip`. */
  overlap?: OverlapPolicy | undefined;
  /** How many jobs it fires, after which it fires no more; default without end. Those fired by hand do not count. */
  limit?: number | undefined;
  /**
   * The start of each job is put off by a part of this, in ms, which name, type and tick decide; up to a day, default
   * 0. So many schedules of one time do not begin all at once.
   */
  jitterMs?: number | undefined;
}

/** Says that a schedule has a time: an expression or an interval, and not both. */
export type Timed =
  | { cron: string; everyMs?: undefined }
  | { everyMs: number; cron?: undefined; timeZone?: undefined };

/** A schedule with its definition, as `createWorker` takes it and handler modules export it. */
export interface DeclaredSchedule {
  readonly definition: JobDefinition<unknown, unknown>;
  readonly schedule: Schedule;
}

/** A schedule of which no definition is at hand. */
export interface RawSchedule extends ScheduleOptions {
  type: string;
  queue: string;
}

/** The part of a definition that a schedule needs beside the schema. */
type Kind = Pick<JobDefinition, 'type' | 'defaults'>;

const NAMES: readonly string[] = namesOf({
  name: true,
  cron: true,
  everyMs: true,
  timeZone: true,
  skippedTime: true,
  repeatedTime: true,
  startsAt: true,
  endsAt: true,
  data: true,
  options: true,
  missed: true,
  overlap: true,
  limit: true,
  jitterMs: true,
} satisfies EveryField<ScheduleOptions>);
const OF_ONE_JOB = optionsBarredFor('scheduled');
const MOST_MISSED = 1_000;
const MOST_FIRED = 1_000_000_000;
const MOST_JITTER_MS = 86_400_000;

/**
 * Makes a schedule of jobs of a type, to be declared by workers. Throws JOB_INVALID that names each wrong field; the
 * data is checked against the schema when the worker starts.
 */
export function schedule<Input>(
  definition: JobDefinition<Input, unknown>,
  options: ScheduleOptions<Input> & Timed,
): DeclaredSchedule {
  return declaredOf(definition, options);
}

/** The same of options of which the compiler does not know that they have a time. */
export function declaredOf<Input>(
  definition: JobDefinition<Input, unknown>,
  options: ScheduleOptions<Input>,
): DeclaredSchedule {
  requireDefinition(definition);
  const resolved = resolveSchedule(definition, options);
  // The data has the type that the definition asks for, whatever that is.
  return Object.freeze({ definition: untyped(definition), schedule: resolved });
}

/**
 * Checks the data of a schedule against the schema of its type; null when they are right, a promise where the schema
 * needs one. Throws, or rejects with, JOB_INVALID naming each wrong field; DATA_TOO_LARGE beyond `mostBytes`, by
 * default a mebibyte.
 */
export function checkScheduleData(
  { definition, schedule: { name, data } }: DeclaredSchedule,
  mostBytes?: number,
): Promise<unknown> | null {
  const refuse = (error: unknown): never => {
    if (!(error instanceof ApiaryError)) throw error;
    const { problems } = error;
    throw new ApiaryError(error.code, `schedule ${name}: ${error.message}`, { cause: error, problems });
  };
  try {
    writeData(definition.type, data, mostBytes);
    const checked = parseData(definition, data);
    return checked instanceof Promise ? checked.catch(refuse) : null;
  } catch (error) {
    return refuse(error);
  }
}

/**
 * Reckons the firings of a schedule after a moment (default now), 10 or up to 1,000, before it is stored anywhere.
 * Among them are the local times that do not fire because of a change of the clocks, marked `skipped` and not counted.
 */
export function nextFirings(
  declared: DeclaredSchedule,
  options: { count?: number; after?: number } = {},
): Occurrence[] {
  const { count, after = systemClock.now() } = requireNamed('nextFirings', ['count', 'after'], options);
  const { timing, limit } = declared?.schedule ?? {};
  if (!timing) throw new ApiaryError('JOB_INVALID', 'nextFirings takes what schedule(…) returns');
  return takeFirings(occurrences(readTiming(timing), after), count, limit);
}

/**
 * Fills in defaults and checks every value but the data against its schema. Throws JOB_INVALID that names each wrong
 * field.
 */
export function resolveSchedule({ type, defaults }: Kind, given: ScheduleOptions): Schedule {
  requireObject('a schedule', NAMES.join(', '), given);
  const problems: FieldProblem[] = [];
  const check = fieldCheck(problems);
  const { name, data, missed = 'once', overlap = 'allow' } = given;
  check('name', isName(name), `must be ${NAME_RULE}`);
  for (const field of Object.keys(given)) {
    check(field, NAMES.includes(field), `is ${unknownAmong(field, NAMES)}`);
  }
  check('missed', isMissedPolicy(missed), `must be skip, once or { all: 1 to ${MOST_MISSED} }`);
  check('overlap', isOverlapPolicy(overlap), 'must be allow or skip');
  const bounds = resolveBounds(given, check);
  const timing = resolveTiming(given, check);
  const ofJobs = resolveJobOptions({ type, defaults }, given.options ?? {}, problems);
  if (problems.length > 0 || !timing || !ofJobs)
    throw invalidFields(`schedule ${JSON.stringify(name)} is`, problems);
  // As every job of it will have them, whatever is done with what was given. How long they may be says who stores it.
  const read: unknown = JSON.parse(writeData(type, data, Number.POSITIVE_INFINITY).json.text);
  return { name, type, timing, missed, overlap, ...bounds, data: read, ...ofJobs };
}

function resolveJobOptions(
  { type, defaults }: Kind,
  given: JobOptions,
  problems: FieldProblem[],
): Pick<Schedule, 'options' | 'delayMs' | 'unique'> | null {
  for (const field of OF_ONE_JOB) {
    if (given[field] === undefined && defaults[field] === undefined) continue;
    problems.push({ path: `options.${field}`, message: 'is for one job, and a schedule has many' });
  }
  try {
    const resolved = resolveOptions(defaults, given);
    const { delayMs, unique } = resolved;
    const { timestamp: _, ...options } = toStoredOptions(type, { ...resolved, delayMs: null }, { now: 0 });
    return { options, delayMs, unique };
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** What is not stored where it is not said, so that schedules of versions before say what they said. */
function resolveBounds(
  { limit, jitterMs }: Pick<ScheduleOptions, 'limit' | 'jitterMs'>,
  check: FieldCheck,
): Pick<Schedule, 'limit' | 'jitterMs'> {
  check('limit', isLimit(limit), `must be a whole number from 1 to ${MOST_FIRED}`);
  check('jitterMs', isJitter(jitterMs), `must be whole milliseconds from 0 to ${MOST_JITTER_MS}`);
  return { ...(limit !== undefined && { limit }), ...(jitterMs && { jitterMs }) };
}

/** Whether it may be how many jobs a schedule fires; undefined is no limit. */
export function isLimit(value: unknown): value is number | undefined {
  return value === undefined || isWhole(value, 1, MOST_FIRED);
}

/** Whether it may be by how much the starts of jobs are put off, in ms; undefined is not at all. */
export function isJitter(value: unknown): value is number | undefined {
  return value === undefined || isWhole(value, 0, MOST_JITTER_MS);
}

/** Whether it is a rule for ticks at which no worker was there. */
export function isMissedPolicy(value: unknown): value is MissedPolicy {
  if (value === 'skip' || value === 'once') return true;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'all') return false;
  const all: unknown = Reflect.get(value, 'all');
  return isWhole(all, 1, MOST_MISSED);
}

/** Whether it is a rule for ticks that come before the job of the last has ended. */
export function isOverlapPolicy(value: unknown): value is OverlapPolicy {
  return value === 'allow' || value === 'skip';
}
