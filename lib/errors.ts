import { describeValue, isErrorLike, isSoundError, readError } from './error-facts.ts';

/**
 * Every error code of Apiary, in one closed table. The docs page `docs/errors.md` lists the same codes.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'a setting is unknown, malformed or missing',
  JOB_INVALID: 'a job, its data or its options do not have the required shape',
  DATA_TOO_LARGE: 'the data of a job is longer than may be',
  JOB_TYPE_UNKNOWN: 'no handler or definition is known for the job type',
  NO_WORKER: 'no live worker takes jobs of that type from that queue, and the add asked for one',
  WORKER_NOT_FOUND: 'no live worker is the one, or of the host, that was named',
  JOB_EXISTS: 'a job with that id or unique key exists and the caller asked to be told so',
  JOB_NOT_FOUND: 'there is no such job in the queue',
  JOB_STATE_FORBIDS: 'the state of the job does not allow the operation',
  JOB_TIED: 'the job is tied to something of its queue, and would be torn from it',
  SCHEDULE_NOT_FOUND: 'there is no such schedule in the queue',
  NOT_ALLOWED: 'who asks may not look at the queue, or not change anything there',
  QUEUE_CLOSED: 'the queue, worker or producer is closed',
  REDIS_UNAVAILABLE: 'Redis cannot be reached or cannot serve now',
  REDIS_FULL: 'Redis has no memory left for what is new, and nothing was stored',
  REDIS_REFUSED: 'Redis answers and refuses: the password, a right, or the type of a key is wrong',
  REDIS_BINARY_MISSING: 'no redis-server program was found for the embedded Redis',
  PORT_TAKEN: 'a port to listen on is in use already',
  RESULT_UNSERIALISABLE: 'what a handler returned cannot be written as JSON',
  HANDLER_INVALID: 'a handler module does not export handlers',
  HANDLER_CRASHED: 'the thread or process of an isolated handler ended while it ran the job',
  JOB_TIMED_OUT: 'an attempt ran longer than its timeout',
  JOB_CANCELLED: 'the job was cancelled',
  JOB_EXPIRED: 'the job could not begin, or not end, before the time it was given',
  JOB_LOST:
    'the workers that ran the job died or fell silent too many times, or this one has lost its claim on it',
  QUEUE_FULL: 'as many jobs wait in the queue as its limits allow',
  TOO_MANY_HELD: 'the service holds as many requests of the kind open as it may',
  NOT_DURABLE: 'a job is stored, but fewer replicas than asked for are known to have it',
  ENCRYPTION_KEY_MISSING: 'something is encrypted, or to be, and the key for that is not here',
  RECORD_TAMPERED:
    'what is stored of an encrypted job was changed by who has no key, or belongs to another job',
  WAIT_TIMED_OUT: 'a job did not end within the time that it was waited for',
} as const;

/** One of the codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One field of a job or request that is wrong: where it is and what is wrong with it. */
export interface FieldProblem {
  /** Path of the field, dots between the steps; empty for the whole value. */
  path: string;
  message: string;
}

/** The one error class of Apiary: a stable `code`, a message saying what was expected and what came, a `cause`. */
export class ApiaryError extends Error {
  override readonly name = 'ApiaryError';
  readonly code: ErrorCode;
  /** The fields at fault, for JOB_INVALID and CONFIG_INVALID; empty otherwise. */
  readonly problems: readonly FieldProblem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; problems?: readonly FieldProblem[] } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.problems = options.problems ?? [];
  }
}

/** Whether an error of ours says that Redis does not serve now, and may be asked again later. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiaryError && (error.code === 'REDIS_UNAVAILABLE' || error.code === 'REDIS_FULL');
}

/** Thrown by a handler to say: this job can never succeed, fail it now and spend no retries. */
export class DiscardJob extends Error {
  override readonly name = 'DiscardJob';
}

/** What else waits where a handler says that its job is to wait. */
export interface RetryOptions {
  /**
   * What takes no jobs for as long: the whole queue of the job, or its key; what is claimed already goes on. Default
   * nothing.
   */
  holds?: 'queue' | 'key' | undefined;
}

/** Thrown by a handler to say: not now, run this job again in `delayMs`, and spend no attempt. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly delayMs: number;
  readonly holds: 'queue' | 'key' | null;

  constructor(delayMs: number, message = `to be retried in ${delayMs} ms`, options: RetryOptions = {}) {
    super(message);
    requireDelay('RetryLater', delayMs);
    this.delayMs = delayMs;
    this.holds = readHolds('RetryLater', options);
  }
}

/**
 * Thrown by a handler to fail this attempt and say when the next may come at the earliest; it spends an attempt,
 * unlike RetryLater.
 */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter';
  readonly delayMs: number;
  readonly holds: 'queue' | 'key' | null;

  constructor(message: string, delayMs: number, options: RetryOptions = {}) {
    super(message);
    requireDelay('RetryAfter', delayMs);
    this.delayMs = delayMs;
    this.holds = readHolds('RetryAfter', options);
  }
}

/**
 * Thrown by `ctx.waitFor` where the signal is not there yet: it ends the attempt, and the job runs again when the
 * signal has come or its time is over. It is to be let through by who catches errors in a handler.
 */
export class AwaitsSignal extends Error {
  override readonly name = 'AwaitsSignal';
}

function requireDelay(of: string, delayMs: number): void {
  if (Number.isFinite(delayMs) && delayMs >= 0) return;
  throw new ApiaryError('JOB_INVALID', `${of} takes a number of milliseconds from 0 up, not ${delayMs}`);
}

function readHolds(of: string, { holds }: RetryOptions): 'queue' | 'key' | null {
  if (holds === undefined || holds === 'queue' || holds === 'key') return holds ?? null;
  throw new ApiaryError('JOB_INVALID', `${of}: holds must be queue or key, not ${describeValue(holds)}`);
}

/** What an error of ours is, in every copy of the package that a process may have loaded. */
const KIND = Symbol.for('apiary.error');

for (const [kind, made] of Object.entries({ ApiaryError, DiscardJob, RetryLater, RetryAfter, AwaitsSignal }))
  mark(kind, made);

/**
 * Lets `instanceof` go by what an error is instead of by its class: one of another copy of the package has another
 * class. A class that somebody derives from ours is asked for in the usual way.
 */
function mark(kind: string, made: new (...given: never[]) => Error): void {
  Object.defineProperty(made.prototype, KIND, { value: kind });
  Object.defineProperty(made, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== made) return Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]) === true;
      return kindOf(value) === kind;
    },
  });
}

function kindOf(value: unknown): unknown {
  try {
    return typeof value === 'object' && value !== null ? Reflect.get(value, KIND) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes an Error of whatever was thrown, whose properties can be read without harm; the only place where caught values
 * are coerced. An Error is returned as it is, one of another realm too; what only has the shape of one gets to be the
 * cause.
 */
export function coerceError(thrown: unknown): Error {
  if (isSoundError(thrown)) return thrown;
  if (typeof thrown === 'string' && thrown !== '') return new Error(thrown);
  if (!isErrorLike(thrown)) return new Error(`a value that is no Error was thrown: ${describeValue(thrown)}`);
  const { name, message, code, stack } = readError(thrown);
  const error = new Error(message, { cause: thrown });
  Object.defineProperties(error, { name: { value: name, configurable: true, writable: true } });
  return Object.assign(error, { stack }, code === undefined ? {} : { code });
}
