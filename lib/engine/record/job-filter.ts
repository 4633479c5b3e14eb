import { ApiaryError } from '../../errors.ts';
import { type EveryField, isWhole } from '../../field-checks.ts';
import { namesOf } from '../../names-of.ts';
import { unknownAmong } from '../../nearest.ts';
import { requireObject } from '../../require-given.ts';
import { type DataField, hasField, isDataPath } from './data-field.ts';
import { failureOf, fingerprintOf, isFingerprint } from './fingerprint.ts';
import { type Sealing, showRecord } from './private.ts';
import { type JobRecord, parseRecord, unreadableRecord } from './record.ts';

/** Which jobs a call on many is about; all of them when it says nothing. */
export interface JobFilter {
  /** The name of their type; a job without one is of the type named like its queue. */
  type?: string;
  /** Their option `key`, whole. */
  key?: string;
  /** A part of the message of their newest error. */
  error?: string;
  /** What their newest error is known by, as {@link fingerprintOf} made it. */
  fingerprint?: string;
  /** A value in their data, by its path. */
  field?: DataField;
  /** Only those that were added before this time, epoch ms. */
  before?: number;
}

const NAMES = namesOf({
  type: true,
  key: true,
  error: true,
  fingerprint: true,
  field: true,
  before: true,
} satisfies EveryField<JobFilter>);

/**
 * Throws JOB_INVALID for a filter with a name it does not know or a value that is no text, no time or no fingerprint:
 * what was meant to narrow a removal must never widen it.
 */
export function requireFilter(filter: JobFilter): void {
  requireObject('a filter', NAMES.join(', '), filter);
  for (const [name, value] of Object.entries(filter)) {
    if (!NAMES.some((known) => known === name)) {
      throw refusal(name, `is ${unknownAmong(name, NAMES)}`);
    }
    if (name === 'before') requireTime(value);
    else if (name === 'field') requireField(value);
    else if (typeof value !== 'string' || value === '')
      throw refusal(name, 'must be a text that is not empty');
  }
  const { fingerprint } = filter;
  if (fingerprint === undefined || isFingerprint(fingerprint)) return;
  throw refusal('fingerprint', `must be one that a group of failures has, not ${fingerprint.slice(0, 40)}`);
}

/** Whether the filter lets every job pass. */
export function passesAll(filter: JobFilter): boolean {
  return NAMES.every((name) => filter[name] === undefined);
}

/** Whether a stored job of a queue is one that the filter is about; `raw` is its record as read. */
export function passes(
  filter: JobFilter,
  sealing: Sealing,
  { id, raw }: { id: string; raw: string | null },
): boolean {
  const record = parseRecord(raw ?? '') ?? unreadableRecord(raw, 0);
  // All else that a filter goes by is in the clear.
  if (filter.error !== undefined || filter.fingerprint !== undefined || filter.field !== undefined)
    showRecord(sealing, id, record);
  return matches(filter, sealing.queue, record);
}

/** The same of a record that was parsed. */
export function matches(filter: JobFilter, queue: string, { data, options }: JobRecord): boolean {
  const { type, key, error, fingerprint, field, before } = filter;
  if (type !== undefined && (options.type ?? queue) !== type) return false;
  if (key !== undefined && options.key !== key) return false;
  // One without a time of its own was added nobody knows when.
  if (before !== undefined && !(options.timestamp < before)) return false;
  if (field !== undefined && !hasField(data, field)) return false;
  if (error === undefined && fingerprint === undefined) return true;
  const failure = failureOf(queue, options);
  if (error !== undefined && !failure.message.includes(error)) return false;
  return fingerprint === undefined || fingerprintOf(failure) === fingerprint;
}

function requireField(value: unknown): void {
  const isObject = typeof value === 'object' && value !== null;
  const { path, value: sought, ...others }: Record<string, unknown> = isObject ? { ...value } : {};
  if (Object.keys(others).length === 0 && isDataPath(path) && typeof sought === 'string') return;
  throw refusal(
    'field',
    'must be an object with a path, such as customer.address.city, and the text there as value',
  );
}

function requireTime(value: unknown): void {
  if (!isWhole(value, 0)) throw refusal('before', 'must be a time in whole epoch milliseconds');
}

function refusal(name: string, why: string): ApiaryError {
  const message = `filter.${name} ${why}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path: `filter.${name}`, message }] });
}
