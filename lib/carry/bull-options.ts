import { isStringMap, MOST_MS } from '../jobs/option-checks.ts';
import type { BackoffOptions, JobOptions } from '../jobs/options.ts';
import { isLabel, isName } from '../names.ts';
import type { ChangedWhat } from './remarks.ts';

/** The options of a job of Bull or BullMQ, said in ours. */
export interface BullOptions {
  options: JobOptions;
  changed: ChangedWhat[];
}

const MOST_RETRIES = 1_000_000;

/** Reads them as they are stored; null for what is no JSON object. */
export function parseObject(text: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return isObject(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Whether a value is an object with names. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number that other programs have stored, also as a text; null for what is none. */
export function toNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/**
 * Says options in ours. There a job without `attempts` is tried once, without `backoff` at once again, and without
 * `timeout` runs as long as it likes.
 */
export function toJobOptions(
  opts: Record<string, unknown>,
  { attemptsMade, deduplicationId }: { attemptsMade: number; deduplicationId?: string | undefined },
): BullOptions {
  const changed: ChangedWhat[] = [];
  const attempts = toNumber(opts['attempts']) ?? 1;
  const timeoutMs = toMs(opts['timeout']);
  const options: JobOptions = {
    retries: Math.min(MOST_RETRIES, Math.max(0, Math.floor(attempts) - 1 - attemptsMade)),
    backoff: toBackoff(opts['backoff'], changed),
    ...(timeoutMs > 0 && { timeoutMs }),
    ...toUnique(opts, deduplicationId, changed),
    ...toHeaders(opts['tm']),
  };
  if ((toNumber(opts['priority']) ?? 0) > 0) changed.push('priority');
  if (opts['removeOnComplete'] || opts['removeOnFail']) changed.push('retention');
  return { options, changed };
}

function toBackoff(given: unknown, changed: ChangedWhat[]): BackoffOptions {
  const { type = 'fixed', delay, jitter = 0 } = isObject(given) ? parts(given) : { delay: given };
  const delayMs = toMs(delay);
  if (type !== 'fixed' && type !== 'exponential') {
    changed.push('backoff');
    return { type: isName(type) ? type : 'fixed', delayMs, jitter: false };
  }
  const part = Math.min(toNumber(jitter) ?? 0, 1);
  // They know no cap.
  return { type, delayMs, maxDelayMs: MOST_MS, jitter: part > 0 && part };
}

/** BullMQ calls it `de` where it stores it, and Bull `debounce`. With a time to live it is held for all of that. */
function toUnique(
  opts: Record<string, unknown>,
  deduplicationId: string | undefined,
  changed: ChangedWhat[],
): Pick<JobOptions, 'unique'> {
  const given = opts['de'] ?? opts['deduplication'] ?? opts['debounce'];
  const { id = deduplicationId, ttl } = isObject(given) ? parts(given) : {};
  if (id === undefined || id === null || id === '') return {};
  if (!isLabel(id)) {
    changed.push('unique');
    return {};
  }
  const ttlMs = Math.min(toMs(ttl), MOST_TTL_MS);
  return { unique: { key: id, ...(ttlMs > 0 && { ttlMs, release: 'ttl' }) } };
}

/** Ten years. */
const MOST_TTL_MS = 315_360_000_000;

/** BullMQ stores the trace context as JSON. */
function toHeaders(given: unknown): Pick<JobOptions, 'headers'> {
  const headers = typeof given === 'string' ? parseObject(given) : null;
  const isFit = isStringMap(headers) && !Object.hasOwn(headers, '__proto__');
  return isFit && Object.keys(headers).length > 0 ? { headers } : {};
}

function toMs(value: unknown): number {
  return Math.min(MOST_MS, Math.max(0, Math.round(toNumber(value) ?? 0)));
}

function parts(given: object): Record<string, unknown> {
  return { ...given };
}
