import { describeValue } from './error-facts.ts';
import { ApiaryError } from './errors.ts';

/** What turns round the text behind it on every screen, or marks a direction without being seen. */
const BIDI = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
/**
 * What no name may have: control characters, halves of surrogate pairs (Redis and URLs would make another name of one)
 * and breaks of lines beside what turns text round.
 */
const UNFIT = `\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}${BIDI}`;
const NAME = new RegExp(`^[^\\s:{}${UNFIT}]+$`, 'u');
const LABEL = new RegExp(`^[^${UNFIT}]+$`, 'u');
const LONE_SURROGATE = /\p{Cs}/u;
const MOST_NAME_LENGTH = 128;
const MOST_LABEL_LENGTH = 256;
const MOST_PRODUCER_LENGTH = 100;
/** How long the name of a version of a program may be, in characters. */
export const MOST_VERSION_LENGTH = 100;

/** What may be the name of a queue, a job type, a schedule or a back-off, in words that follow `must be`. */
export const NAME_RULE =
  '1 to 128 characters without spaces, colons, braces, control or bidirectional characters, and not . or ..';

/** What may be the id of a job or batch, a key or a group, in words that follow `must be`. */
export const LABEL_RULE = '1 to 256 characters without control or bidirectional characters, and not . or ..';

/** Whether the value may be the name of a queue, a job type, a schedule or a back-off. */
export function isName(value: unknown): value is string {
  return isFit(value, NAME, MOST_NAME_LENGTH);
}

/** Whether the value may be the id of a job or batch, a unique or limited key, or the name of a group. */
export function isLabel(value: unknown): value is string {
  return isFit(value, LABEL, MOST_LABEL_LENGTH);
}

/**
 * Throws JOB_INVALID, under the path of the field, for what is no text, and for one with half a surrogate pair: Redis
 * would keep it under another name. All else may be part of a key, such as stock bee-queue makes of any name.
 */
export function requireWellFormed(field: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && !LONE_SURROGATE.test(value)) return;
  const message = `${field} must be a text without halves of surrogate pairs, not ${shown(value)}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: field, message }] });
}

/** Throws JOB_INVALID, under the path of the field, unless the value may be a name. */
export function requireName(field: string, value: unknown): asserts value is string {
  if (isName(value)) return;
  const message = `${field} must be ${NAME_RULE}, not ${shown(value)}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: field, message }] });
}

/** Throws CONFIG_INVALID unless the value can be the name of a producer: 1 to 100 characters that any name may have. */
export function requireProducerName(value: unknown): asserts value is string {
  if (isProducerName(value)) return;
  const message =
    'the name of a producer must be 1 to 100 characters without control or bidirectional characters';
  throw new ApiaryError('CONFIG_INVALID', message, { problems: [{ path: 'name', message }] });
}

/** Whether the value may be the name of a version of a program, such as a number or the hash of a commit. */
export function isVersionName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_VERSION_LENGTH && LABEL.test(value);
}

function isProducerName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_PRODUCER_LENGTH && LABEL.test(value);
}

/** A part of an address that is `.` or `..` leads elsewhere, however it is encoded. */
function isFit(value: unknown, pattern: RegExp, most: number): value is string {
  return (
    typeof value === 'string' &&
    value.length <= most &&
    pattern.test(value) &&
    value !== '.' &&
    value !== '..'
  );
}

/** What came may be a megabyte, or no text at all. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MOST_NAME_LENGTH)) : describeValue(value);
}
