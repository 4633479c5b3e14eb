import { ApiaryError } from '../errors.ts';

/** What the system says when a host, port, socket or connection is not there. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * What Redis answers while it cannot serve: starting, failing over, full, its disk in trouble, stuck in a script, or
 * not letting us in.
 */
const REFUSALS = new Set([
  'LOADING',
  'MASTERDOWN',
  'READONLY',
  'UNBLOCKED',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
]);

/** What ioredis says of its own accord; it gives these errors neither a code nor, mostly, a name. */
const CLIENT_MESSAGE =
  /^(Connection is closed\.|Command timed out|Command aborted due to connection close|Reached the max retries per request|Socket timeout\.|None of startup nodes is available|Failed to refresh slots cache|Too many Cluster redirections|Cluster is ended|No subscriber for the cluster|All sentinels are unreachable)/;

/**
 * Turns an error of a command into REDIS_UNAVAILABLE when it means that Redis is away, full, read-only or refuses us;
 * null when it means anything else. The error itself becomes the cause.
 */
export function toUnavailable(error: unknown): ApiaryError | null {
  if (error instanceof ApiaryError) return error.code === 'REDIS_UNAVAILABLE' ? error : null;
  if (!(error instanceof Error)) return null;
  const reason = reasonOf(error);
  if (reason === null) return null;
  return new ApiaryError('REDIS_UNAVAILABLE', `Redis is not available: ${reason}`, { cause: error });
}

/** Inside a script Redis says it like this, up to its version 7.0. */
const NOPERM_IN_SCRIPT = /^ERR The user executing the script can't (run this|access)/;

function reasonOf(error: Error): string | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NETWORK_CODES.has(code)) return code;
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return code;
  const refusal = /^[A-Z]+/.exec(error.message)?.[0] ?? '';
  if (NOPERM_IN_SCRIPT.test(error.message)) return 'NOPERM';
  if (error.name === 'ReplyError') return REFUSALS.has(refusal) ? refusal : null;
  return CLIENT_MESSAGE.test(error.message) ? error.message : null;
}
