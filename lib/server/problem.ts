import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';
import { ApiaryError, ERROR_CODES, type ErrorCode, type FieldProblem } from '../errors.ts';
import { firstFaults } from '../field-checks.ts';
import { NotDurableError, type StoredJob } from '../jobs/durability.ts';
import { toUnavailable } from '../redis/unavailable.ts';

/** What went wrong, as RFC 9457 writes it. */
export interface Problem {
  /** `urn:apiary:problem:<code>`, or `about:blank` where the status says it all. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /**
   * The fields at fault, a hundred at most; where there are more, the last says how many. Absent when none is.
   */
  errors?: FieldProblem[];
  /** The jobs that are stored all the same, the first hundred of them; absent when none is. */
  jobs?: StoredJob[];
}

/** The status of each error code; null for what no caller can meet, which is our fault where it comes. */
const STATUSES: Readonly<Record<ErrorCode, number | null>> = {
  CONFIG_INVALID: null,
  JOB_INVALID: 422,
  DATA_TOO_LARGE: 413,
  JOB_TYPE_UNKNOWN: 404,
  NO_WORKER: 409,
  JOB_NOT_FOUND: 404,
  SCHEDULE_NOT_FOUND: 404,
  WORKER_NOT_FOUND: 404,
  JOB_EXISTS: 409,
  JOB_STATE_FORBIDS: 409,
  JOB_TIED: 409,
  NOT_ALLOWED: 403,
  QUEUE_CLOSED: 503,
  REDIS_UNAVAILABLE: 503,
  REDIS_FULL: 503,
  REDIS_REFUSED: 503,
  REDIS_BINARY_MISSING: null,
  PORT_TAKEN: null,
  RESULT_UNSERIALISABLE: null,
  HANDLER_INVALID: null,
  HANDLER_CRASHED: null,
  JOB_TIMED_OUT: null,
  JOB_CANCELLED: null,
  JOB_EXPIRED: null,
  JOB_LOST: null,
  QUEUE_FULL: 429,
  TOO_MANY_HELD: 429,
  ENCRYPTION_KEY_MISSING: 409,
  RECORD_TAMPERED: 409,
  NOT_DURABLE: 503,
  WAIT_TIMED_OUT: null,
};
const TOLD = new Set<ErrorCode>(['REDIS_UNAVAILABLE', 'REDIS_FULL', 'REDIS_REFUSED']);
/** Refused for now only. */
const RETRIED: ReadonlySet<number> = new Set([429, 503]);
const RETRY_AFTER_S = 1;
const MOST_JOBS = 100;
/** Of so many fields at fault an answer tells, unless it tells of many jobs. */
export const MOST_ERRORS = 100;

/** Thrown to have a request answered with a problem that is of HTTP alone. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Describes an error to the caller, with up to `mostErrors` fields at fault (default 100); one that is not the caller's
 * business becomes a 500 that says nothing of it.
 */
export function toProblem(error: unknown, mostErrors = MOST_ERRORS): Problem {
  if (error instanceof ProblemError) return error.problem;
  const known = withoutAddress(error);
  if (isWrongType(known)) return httpProblem(500, wrongTypeText(known));
  // Another copy of the package may know codes that this one does not.
  const status = known instanceof ApiaryError ? (STATUSES[known.code] ?? null) : null;
  if (!(known instanceof ApiaryError) || status === null) {
    return httpProblem(500, 'the service failed; its log has the error');
  }
  if (known instanceof NotDurableError) return notDurable(known, status);
  const { code, message: detail, problems } = known;
  const problem = { type: typeOf(code), title: ERROR_CODES[code], status, detail };
  return problems.length === 0 ? problem : { ...problem, errors: [...firstFaults(problems, mostErrors)] };
}

/** Why the replicas could not be asked may name where Redis is. */
function notDurable({ code, message, cause, jobs }: NotDurableError, status: number): Problem {
  const unknown = 'the jobs are stored on the primary, but whether enough replicas have them is not known';
  const detail = cause === undefined ? message : `${unknown}; add again with the same ids to wait anew`;
  const stored = jobs.slice(0, MOST_JOBS).map(({ id, queue }) => ({ id, queue }));
  return { type: typeOf(code), title: ERROR_CODES[code], status, detail, jobs: stored };
}

function typeOf(code: ErrorCode): string {
  return `urn:apiary:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

/** Callers of the library are told where Redis is, which is no business of those who call over HTTP. */
function withoutAddress(error: unknown): unknown {
  const whole = toUnavailable(error);
  const cause = error instanceof ApiaryError && TOLD.has(error.code) ? error.cause : null;
  return toUnavailable(cause) ?? whole ?? cause ?? error;
}

/** Somebody has put something else under a key of ours; it is for the operator to see, and to mend. */
function isWrongType(error: unknown): error is Error {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}

function wrongTypeText(error: Error): string {
  const command: unknown = Reflect.get(error, 'command');
  const args: unknown = typeof command === 'object' && command !== null ? Reflect.get(command, 'args') : null;
  const name: unknown = typeof command === 'object' && command !== null ? Reflect.get(command, 'name') : null;
  // Of a script the first argument is its hash.
  const isPlain = typeof name === 'string' && !name.startsWith('eval') && Array.isArray(args);
  const key = isPlain ? `key ${String(args[0])}` : 'a key of the queue';
  return `${key} in Redis holds another type of value than it should; the overview and GET /v1/queues say which`;
}

/** Describes what the HTTP status says already, in a sentence of its own. */
export function httpProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

/** Answers with a problem as `application/problem+json`; with `Retry-After` when trying again may help. */
export function sendProblem(
  response: Response,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (RETRIED.has(problem.status)) response.set('Retry-After', String(RETRY_AFTER_S));
  response.status(problem.status).set(headers).type('application/problem+json').json(problem);
}
