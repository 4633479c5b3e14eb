import { isNativeError } from 'node:util/types';
import { codeOf } from './code-of.ts';
import { readError } from './error-facts.ts';

/** An error as it stands in a log record. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** What its causes and parts say, nearest first; absent where there are none. */
  readonly cause?: string;
  /** With the stacks of its causes below its own. */
  readonly stack: string;
}

const HIDDEN = '***';
const UNREADABLE = '[unreadable]';
const MOST_CHARACTERS = 2_000;
const MOST_DEPTH = 4;

const SECRET_NAME = /password|passwd|secret|token|authorization|api[_-]?key|cookie|^keys$/i;

// The scheme is bounded, or a long text of dots and letters would be searched anew from each of them.
const USER_INFO = /([a-z][a-z\d+.-]{0,30}:\/\/)[^\s/?#]*@/gi;

/**
 * Makes fields fit for a log: plain JSON, at most 4 deep, no user info in URLs, nothing under a name that looks like a
 * secret's, nothing longer than 2,000 characters. Errors become {@link LoggedError}, what cannot be read says so.
 * Never throws.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    const entries = Object.entries(redactEntries(fields, 1));
    return Object.fromEntries(entries.map(([name, value]) => [name, cutWhole(value)]));
  } catch {
    return { fields: UNREADABLE };
  }
}

/** Hides the user info of every URL in a text and cuts it after 2,000 characters. */
export function redactText(text: string): string {
  // Cut last: a cut through a URL would leave half a password that no longer looks like one.
  return cut(text.replace(USER_INFO, `$1${HIDDEN}@`));
}

/** Whether a value of a record was an error. */
export function isLoggedError(value: unknown): value is LoggedError {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

function redactEntries(source: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.keys(source).map((name) => [name, redactEntry(source, name, depth)]));
}

function redactEntry(source: object, name: string, depth: number): unknown {
  try {
    const value: unknown = Reflect.get(source, name);
    if (value !== undefined && value !== null && SECRET_NAME.test(name)) return HIDDEN;
    return redactValue(value, depth);
  } catch {
    return UNREADABLE;
  }
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
    case 'symbol':
      return redactText(String(value));
    case 'number':
      // JSON has no NaN and no Infinity; it would say null.
      return Number.isFinite(value) ? value : String(value);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (isNativeError(value) || value instanceof Error) return redactError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (depth > MOST_DEPTH) return '[too deep]';
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactValue(value.toJSON(), depth + 1);
  if (value instanceof Map) return redactEntries(Object.fromEntries(value), depth + 1);
  const items: unknown = value instanceof Set ? [...value] : value;
  return Array.isArray(items)
    ? items.map((item: unknown) => redactValue(item, depth + 1))
    : redactEntries(value, depth + 1);
}

function redactError(error: Error): LoggedError {
  const { name, message, code = codeOf(error) ?? undefined, stack, causes } = readError(error);
  const cause = causes.map((one) => one.message).join('; ');
  return {
    name: redactText(name),
    message: redactText(message),
    ...(code !== undefined && { code: redactText(code) }),
    ...(cause !== '' && cause !== message && { cause: redactText(cause) }),
    stack: redactText(stack),
  };
}

function cutWhole(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isLoggedError(value)) return value;
  const json = JSON.stringify(value);
  return json.length > MOST_CHARACTERS ? cut(json) : value;
}

function cut(text: string): string {
  const more = text.length - MOST_CHARACTERS;
  return more > 0 ? `${text.slice(0, MOST_CHARACTERS)}… (${more} more)` : text;
}
