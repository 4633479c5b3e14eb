import { ApiaryError, coerceError, type ErrorCode } from '../errors.ts';
import { toUnavailable } from '../redis/unavailable.ts';

/** What a command answers to the shell that ran it. */
export const EXIT = {
  done: 0,
  /** Done in part, or something is wrong. */
  partly: 1,
  wrongUse: 2,
  notFound: 3,
  /** EX_UNAVAILABLE of sysexits.h. */
  redisAway: 69,
  /** EX_CONFIG of sysexits.h. */
  wrongSetting: 78,
} as const;

/** One of the numbers of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a sentence, and with this code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What each error ends a command with. */
const CODES: Readonly<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT.wrongSetting,
  JOB_INVALID: EXIT.wrongUse,
  DATA_TOO_LARGE: EXIT.wrongUse,
  JOB_TYPE_UNKNOWN: EXIT.wrongUse,
  NO_WORKER: EXIT.partly,
  WORKER_NOT_FOUND: EXIT.notFound,
  JOB_EXISTS: EXIT.partly,
  JOB_NOT_FOUND: EXIT.notFound,
  JOB_STATE_FORBIDS: EXIT.partly,
  JOB_TIED: EXIT.partly,
  SCHEDULE_NOT_FOUND: EXIT.notFound,
  QUEUE_FULL: EXIT.partly,
  TOO_MANY_HELD: EXIT.partly,
  NOT_ALLOWED: EXIT.partly,
  QUEUE_CLOSED: EXIT.partly,
  REDIS_UNAVAILABLE: EXIT.redisAway,
  REDIS_FULL: EXIT.redisAway,
  // The password, a right or a key is wrong: it does not pass by itself.
  REDIS_REFUSED: EXIT.wrongSetting,
  REDIS_BINARY_MISSING: EXIT.wrongSetting,
  PORT_TAKEN: EXIT.partly,
  RESULT_UNSERIALISABLE: EXIT.partly,
  HANDLER_INVALID: EXIT.partly,
  HANDLER_CRASHED: EXIT.partly,
  JOB_TIMED_OUT: EXIT.partly,
  JOB_CANCELLED: EXIT.partly,
  JOB_EXPIRED: EXIT.partly,
  JOB_LOST: EXIT.partly,
  NOT_DURABLE: EXIT.partly,
  // A key is a setting.
  ENCRYPTION_KEY_MISSING: EXIT.wrongSetting,
  RECORD_TAMPERED: EXIT.partly,
  WAIT_TIMED_OUT: EXIT.partly,
};

/** What a command that failed says, and ends with. */
export function failureOf(thrown: unknown): { exitCode: ExitCode; message: string } {
  // What the engine is asked for directly tells of Redis in the words of its client.
  const error = toUnavailable(thrown) ?? coerceError(thrown);
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, message: error.message };
  const exitCode = error instanceof ApiaryError ? CODES[error.code] : EXIT.partly;
  return { exitCode, message: error.message };
}
