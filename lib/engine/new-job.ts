import type { Clock } from '../clock.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { makeJobId, type StoredOptions } from './record.ts';

/** When a job may start: at once, at a time (epoch ms), or some ms after Redis has stored it. */
export type JobStart = { at: number } | { inMs: number } | null;

/** A job to be stored, written out: its record is `{"data":<data><ending>`. */
export interface NewJob {
  id: string;
  /** As JSON. */
  data: string;
  /** What follows the data in its record; the same text for all jobs with the same options. */
  ending: string;
  /** '' for at once, a number for epoch ms, `+n` for n ms from when Redis stores it. */
  start: string;
}

/** What a new job is made of. */
export interface NewJobParts {
  /** Null asks for an id of ours. */
  id: string | null;
  data: unknown;
  ending: string;
  start: JobStart;
}

/** One text of many is written several times as fast as many texts, but should not be too long. */
const CHECKED_AT_ONCE = 1_000;
const NO_JSON: ReadonlySet<string> = new Set(['undefined', 'function', 'symbol']);

/** Writes a job out. Throws JOB_INVALID when its data cannot be JSON: what is acknowledged must be readable again. */
export function newJob(clock: Pick<Clock, 'now'>, { id, data, ending, start }: NewJobParts): NewJob {
  return { id: id ?? makeJobId(clock.now()), data: toJson(data), ending, start: toStart(start) };
}

/** Throws JOB_INVALID when data of one of many jobs cannot be JSON, before the first of them is stored. */
export function requireJson(data: readonly unknown[]): void {
  for (let from = 0; from < data.length; from += CHECKED_AT_ONCE) {
    const some = data.slice(from, from + CHECKED_AT_ONCE);
    // Within a list JSON would make null of what it cannot say alone.
    for (const one of some) if (NO_JSON.has(typeof one)) toJson(one);
    toJson(some);
  }
}

/** Writes what follows the data in the record of a new job, in bee-queue's order. Throws JOB_INVALID as above. */
export function recordEnding(options: StoredOptions, progress: unknown = 0): string {
  return `,"options":${toJson(limitedFirst(options))},"status":"created","progress":${toJson(progress)}}`;
}

/** Redis finds what limits go by where it comes first, see `key-of.lua`. */
function limitedFirst(options: StoredOptions): StoredOptions {
  const { key, cost } = options;
  if (key === undefined && cost === undefined) return options;
  return { ...(key !== undefined && { key }), ...(cost !== undefined && { cost }), ...options };
}

function toStart(start: JobStart): string {
  if (start === null) return '';
  return 'at' in start ? String(start.at) : `+${start.inMs}`;
}

function toJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw notJson(`cannot be written as JSON: ${coerceError(cause).message}`, cause);
  }
  if (json === undefined) throw notJson(`must be a JSON value, not ${typeof value}`);
  return json;
}

function notJson(message: string, cause?: unknown): ApiaryError {
  return new ApiaryError('JOB_INVALID', `data ${message}`, {
    cause,
    problems: [{ path: 'data', message }],
  });
}
