import { type JobStart, recordEnding } from '../engine/new-job.ts';
import type { StoredOptions } from '../engine/record.ts';
import { DEFAULT_TIMEOUT_MS } from '../engine/time-bounds.ts';
import type { ResolvedJobOptions } from './options.ts';

/** What the options of jobs come to in Redis; the same for all jobs of one type added alike in the same millisecond. */
export interface WrittenOptions {
  /** What follows the data in the record. */
  ending: string;
  start: JobStart;
}

/** Writes options out. `now` is epoch ms: the time at which the job is added, by the clock of this process. */
export function writeOptions(type: string, options: ResolvedJobOptions, now: number): WrittenOptions {
  const { runAt, delayMs } = options;
  const ending = recordEnding(toStoredOptions(type, options, now));
  if (runAt !== null) return { ending, start: runAt > now ? { at: runAt } : null };
  return { ending, start: delayMs ? { inMs: delayMs } : null };
}

/** Says the options in bee-queue's words; a default that the worker knows by itself is left out. */
export function toStoredOptions(type: string, options: ResolvedJobOptions, now: number): StoredOptions {
  const { retries, timeoutMs, backoff, headers, unique, runAt, delayMs, expiresAt, deadlineAt } = options;
  const stored: StoredOptions = { timestamp: now, retries };
  if (timeoutMs !== DEFAULT_TIMEOUT_MS) stored.timeout = timeoutMs;
  const dueAt = runAt ?? (delayMs ? now + delayMs : null);
  if (dueAt !== null && dueAt > now) stored.delay = dueAt;
  if (backoff) {
    const { delayMs: delay, maxDelayMs: maxDelay, jitter } = backoff;
    stored.backoff = { strategy: backoff.type, delay, maxDelay, jitter };
  }
  if (expiresAt !== null) stored.expiresAt = expiresAt;
  if (deadlineAt !== null) stored.deadlineAt = deadlineAt;
  if (Object.keys(headers).length > 0) stored.headers = headers;
  if (unique) {
    const { key, ttlMs, release } = unique;
    stored.unique = { key, ...(ttlMs !== null && { ttl: ttlMs }), ...(release === 'ttl' && { release }) };
  }
  // Always said, also where it equals the queue: it tells our jobs from those of a stock producer.
  stored.type = type;
  return stored;
}
