import { ApiaryError, type ErrorCode, isPassing } from '../errors.ts';

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

/** What Redis answers while it cannot serve: starting, failing over, its disk in trouble, stuck in a script. */
const PASSING = new Set([
  'LOADING',
  'MASTERDOWN',
  'READONLY',
  'UNBLOCKED',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
]);

/** What Redis answers to what is new when its `maxmemory` is reached. */
const FULL = 'OOM';

/** What Redis answers to who may not come in, or may not do what was asked; that does not pass by itself. */
const DENIALS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** What ioredis says of its own accord; it gives these errors neither a code nor, mostly, a name. */
const CLIENT_MESSAGE =
  /^(Connection is closed\.|Command timed out|Command aborted due to connection close|Reached the max retries per request|Socket timeout\.|None of startup nodes is available|Failed to refresh slots cache|Too many Cluster redirections|Cluster is ended|No subscriber for the cluster|All sentinels are unreachable|(Stream|Cluster) isn't (writeable|ready) and enableOfflineQueue)/;

/** Inside a script Redis says it like this, up to its version 7.0. */
const NOPERM_IN_SCRIPT = /^ERR The user executing the script can't (run this|access)/;

/** What an error says of Redis as a whole. */
export type RedisTrouble = Extract<ErrorCode, 'REDIS_UNAVAILABLE' | 'REDIS_FULL' | 'REDIS_REFUSED'>;

/** How each is said of a Redis. */
export const TROUBLE_TEXTS: Readonly<Record<RedisTrouble, string>> = {
  REDIS_UNAVAILABLE: 'is not available',
  REDIS_FULL: 'is full',
  REDIS_REFUSED: 'refuses what it was asked',
};

/** Why Redis as a whole does not serve us, and how that is called. */
interface Trouble {
  code: RedisTrouble;
  reason: string;
}

/**
 * Turns an error of a command into REDIS_UNAVAILABLE when it means that Redis is away or read-only, into REDIS_FULL
 * when it has no memory left, and into REDIS_REFUSED when it does not let us in; null when it means anything else, such
 * as a wrong key. The error itself becomes the cause, and the message says only its code: everybody may see it.
 */
export function toUnavailable(error: unknown): ApiaryError | null {
  if (error instanceof ApiaryError) return isUnavailable(error) ? error : null;
  const trouble = troubleIn(error);
  if (trouble === null) return null;
  const text = trouble.code === 'REDIS_REFUSED' ? 'refuses us' : TROUBLE_TEXTS[trouble.code];
  return new ApiaryError(trouble.code, `Redis ${text}: ${trouble.reason}`, { cause: error });
}

/** How an error of a command is called that says nothing of a single key; null for any other. */
export function troubleIn(error: unknown): Trouble | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOfSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
  if (NETWORK_CODES.has(code) || isOfSocket) return { code: 'REDIS_UNAVAILABLE', reason: code };
  if (NOPERM_IN_SCRIPT.test(error.message)) return { code: 'REDIS_REFUSED', reason: 'NOPERM' };
  if (error.name === 'ReplyError') return troubleInReply(error.message);
  return CLIENT_MESSAGE.test(error.message) ? { code: 'REDIS_UNAVAILABLE', reason: error.message } : null;
}

function troubleInReply(message: string): Trouble | null {
  const reason = /^[A-Z]+/.exec(message)?.[0] ?? '';
  if (reason === FULL) return { code: 'REDIS_FULL', reason };
  if (DENIALS.has(reason)) return { code: 'REDIS_REFUSED', reason };
  return PASSING.has(reason) ? { code: 'REDIS_UNAVAILABLE', reason } : null;
}

function isUnavailable(error: ApiaryError): boolean {
  const { code, cause } = error;
  // Of a wrong key, which is refused too, the others know nothing.
  return isPassing(error) || (code === 'REDIS_REFUSED' && (!cause || troubleIn(cause) !== null));
}
