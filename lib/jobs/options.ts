import { DEFAULT_BACKOFF } from '../engine/pump/backoff.ts';
import { DEFAULT_TIMEOUT_MS } from '../engine/pump/time-bounds.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError, type FieldProblem } from '../errors.ts';
import { isLabel, isName, LABEL_RULE, NAME_RULE } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import { resolveGroupName } from './group.ts';
import { resolveUnique, type UniqueOptions } from './unique.ts';

/** How long to wait before the next attempt. */
export interface BackoffOptions {
  /** `exponential` doubles per attempt, `fixed` stays; any other name is that of a function of the worker. */
  type: 'exponential' | 'fixed' | (string & {});
  /** The first delay; default one second. */
  delayMs?: number;
  /** The cap of an exponential delay; default one hour. */
  maxDelayMs?: number;
  /** Full jitter: a random part from 0 to 1 of the delay is waited instead; default true for exponential. */
  jitter?: boolean;
}

/** What a producer may say of a job beside its data. */
export interface JobOptions {
  /** The caller's own id; adding it again returns the existing job. Default: a unique id, ordered by time. */
  id?: string;
  /** Earliest start, counted from now; default 0. */
  delayMs?: number;
  /** Earliest start as epoch milliseconds or a Date; not together with `delayMs`. */
  runAt?: number | Date;
  /** Further attempts after the first failure; default 3. */
  retries?: number;
  backoff?: BackoffOptions;
  /** How long one attempt may run before its signal aborts and it counts as failed; default 300,000. */
  timeoutMs?: number;
  /** No attempt begins at or after this time, epoch milliseconds or a Date; the job ends as expired then. Default never. */
  expiresAt?: number | Date;
  /** No attempt begins at or after this time, and one that runs is aborted by it: the job ends as expired. Default never. */
  deadlineAt?: number | Date;
  /** A string map handed to the handler; W3C trace context goes here. Default `{}`. */
  headers?: Record<string, string>;
  /** A key that at most one job of the queue holds at a time; default none. */
  unique?: UniqueOptions;
  /**
   * A tenant or resource, 1 to 256 characters without control characters: what the limits of the queue set per key applies to it, and keys take
   * turns where the queue is fair. Default none.
   */
  key?: string;
  /** How many tokens of a rate limit the job takes; default 1. */
  cost?: number;
  /** The group in which the job waits for others, to be handed over with them in one call; default none. */
  group?: string;
}

/** Every option name, for the message that refuses an unknown one. */
export const JOB_OPTION_NAMES: readonly (keyof JobOptions)[] = [
  'id',
  'delayMs',
  'runAt',
  'retries',
  'backoff',
  'timeoutMs',
  'expiresAt',
  'deadlineAt',
  'headers',
  'unique',
  'key',
  'cost',
  'group',
];

/** The options of a job with every default filled in and every value checked. */
export interface ResolvedJobOptions {
  id: string | null;
  /** Epoch milliseconds, or null for at once. */
  runAt: number | null;
  /** Counted by Redis from the moment it stores the job, or null. */
  delayMs: number | null;
  retries: number;
  /** Null for the default: exponential from 1 s, cap 1 h, full jitter. It is not stored then. */
  backoff: Required<BackoffOptions> | null;
  timeoutMs: number;
  /** Epoch milliseconds, or null for never. */
  expiresAt: number | null;
  deadlineAt: number | null;
  headers: Record<string, string>;
  unique: UniqueKey | null;
  key: string | null;
  cost: number;
  group: string | null;
}

const DEFAULT_RETRIES = 3;
/** A century: a longer time is a mistake in the unit, such as microseconds. */
const MOST_MS = 3_155_760_000_000;
const MS_RULE = `whole milliseconds from 0 to ${MOST_MS}, a century`;
/** Between these a time may be, 2001 to 9999: before are seconds, after are microseconds. */
const EARLIEST_TIME = 978_307_200_000;
const LATEST_TIME = 253_402_300_799_999;

/**
 * Fills in defaults and checks every value. The second argument wins over the first (the defaults of the type).
 * Throws JOB_INVALID that lists each wrong field, unknown options by name.
 */
export function resolveOptions(defaults: JobOptions, given: JobOptions): ResolvedJobOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noOptions(given);
  const problems: FieldProblem[] = Object.keys(given)
    .filter((name) => !JOB_OPTION_NAMES.includes(name as keyof JobOptions))
    .map((name) => ({ path: `options.${name}`, message: `is ${unknownAmong(name, JOB_OPTION_NAMES)}` }));
  const check = (path: string, isRight: boolean, message: string): void => {
    if (!isRight) problems.push({ path: `options.${path}`, message });
  };
  const merged = { ...defaults, ...withoutUndefined(given) };
  // What the call says of the start replaces what the type says, also when it says it in the other way.
  if (given.delayMs !== undefined) delete merged.runAt;
  if (given.runAt !== undefined && given.delayMs === undefined) delete merged.delayMs;
  const {
    id,
    delayMs,
    runAt,
    retries = DEFAULT_RETRIES,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    headers = {},
    key,
    cost = 1,
  } = merged;
  const start = toTime(runAt);
  const expiresAt = toTime(merged.expiresAt);
  const deadlineAt = toTime(merged.deadlineAt);
  const jitter = merged.backoff?.type !== 'fixed';
  const backoff = { ...DEFAULT_BACKOFF, jitter, ...merged.backoff } as Required<BackoffOptions>;

  check('id', id === undefined || isLabel(id), `must be ${LABEL_RULE}`);
  check('delayMs', delayMs === undefined || isWhole(delayMs, 0, MOST_MS), `must be ${MS_RULE}`);
  check(
    'runAt',
    given.runAt === undefined || given.delayMs === undefined,
    'cannot be given together with delayMs',
  );
  check('retries', isWhole(retries, 0, 1_000_000), 'must be a whole number from 0 up');
  check('timeoutMs', isWhole(timeoutMs, 1, MOST_MS), `must be ${MS_RULE.replace('0', '1')}`);
  for (const [path, time] of Object.entries({ runAt: start, expiresAt, deadlineAt })) {
    const wrong = wrongTime(time);
    check(path, wrong === null, wrong ?? '');
  }
  for (const [path, time] of Object.entries({ expiresAt, deadlineAt })) {
    check(path, !(Number(time) <= Number(start)), 'must be later than runAt');
  }
  check('headers', isStringMap(headers), 'must be an object whose values are strings');
  check('headers.__proto__', !hasOwn(headers, '__proto__'), 'cannot be a name here');
  checkBackoff(backoff, check);
  check('key', key === undefined || isLabel(key), `must be ${LABEL_RULE}`);
  check('cost', isWhole(cost, 1, 1_000_000), 'must be a whole number from 1 up');
  const unique = resolveUnique(merged.unique, check);
  const group = resolveGroupName(merged, check);
  if (problems.length > 0) throw invalidOptions(problems);
  return {
    id: id ?? null,
    runAt: start ?? null,
    delayMs: delayMs ?? null,
    retries,
    backoff: merged.backoff ? backoff : null,
    timeoutMs,
    expiresAt: expiresAt ?? null,
    deadlineAt: deadlineAt ?? null,
    headers,
    unique,
    key: key ?? null,
    cost,
    group,
  };
}

/** Says what is wrong with a time, and what it may have been meant for; null where nothing is. */
function wrongTime(time: unknown): string | null {
  if (time === undefined || isWhole(time, EARLIEST_TIME, LATEST_TIME)) return null;
  const rule = 'must be a Date or whole epoch milliseconds, from 2001 to 9999';
  if (typeof time !== 'number' || !Number.isFinite(time)) return rule;
  // The seconds of 2001 and later, and the microseconds.
  if (time * 1_000 >= EARLIEST_TIME && time < EARLIEST_TIME)
    return `${rule}; ${time} looks like seconds, so take ${Math.round(time * 1_000)}`;
  return time > LATEST_TIME ? `${rule}; ${time} looks like microseconds or nanoseconds` : rule;
}

function toTime(time: number | Date | undefined): number | undefined {
  return time instanceof Date ? time.getTime() : time;
}

function checkBackoff(
  backoff: Required<BackoffOptions>,
  check: (path: string, isRight: boolean, message: string) => void,
): void {
  check('backoff.type', isName(backoff.type), `must be ${NAME_RULE}`);
  check('backoff.delayMs', isWhole(backoff.delayMs, 0, MOST_MS), `must be ${MS_RULE}`);
  check('backoff.maxDelayMs', isWhole(backoff.maxDelayMs, 0, MOST_MS), `must be ${MS_RULE}`);
  check('backoff.jitter', typeof backoff.jitter === 'boolean', 'must be true or false');
  for (const name of Object.keys(backoff)) {
    check(
      `backoff.${name}`,
      hasOwn(DEFAULT_BACKOFF, name),
      `is ${unknownAmong(name, Object.keys(DEFAULT_BACKOFF))}`,
    );
  }
}

function noOptions(given: unknown): ApiaryError {
  const message = `must be an object, not ${describeValue(given)}`;
  return invalidOptions([{ path: 'options', message }]);
}

function invalidOptions(problems: FieldProblem[]): ApiaryError {
  const text = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new ApiaryError('JOB_INVALID', `job options are not valid: ${text}`, { problems });
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}

function hasOwn(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

function isStringMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string');
}

function withoutUndefined(options: JobOptions): JobOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
