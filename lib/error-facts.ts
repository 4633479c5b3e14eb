import { isNativeError } from 'node:util/types';

/** What is kept of an error that led to another one, or was one of several. */
export interface ErrorCause {
  name: string;
  message: string;
  code?: string;
}

/** All that is ever read of something that was thrown, as text. */
export interface ErrorFacts extends ErrorCause {
  /** With the stacks of its causes below its own. */
  stack: string;
  /** Its causes and parts, and theirs, nearest first; up to five. */
  causes: ErrorCause[];
}

/** Causes go round in circles, and an AggregateError may have any number of parts. */
const MOST_CAUSES = 5;
/** So much of a value is shown that is no text where there should be one, in characters. */
const MOST_SHOWN = 200;

/**
 * Reads what was thrown. The only place where that is done: anybody may throw anything, so each property is read by
 * itself and taken for what it is. Never throws, and what it returns is text of our own.
 */
export function readError(thrown: unknown): ErrorFacts {
  const all = [thrown, ...causesOf(thrown)];
  const [own = NO_FACTS, ...causes] = all.map(readOne);
  const stacks = all.map(readStack);
  const parts = causes.map(({ message }) => message).filter((message) => message !== '');
  return {
    ...own,
    // One that only gathers others says nothing itself.
    message: own.message === '' ? parts.join('; ') : own.message,
    stack: stacks.join('\nCaused by: '),
    causes,
  };
}

/** The message of what was thrown, as {@link readError} says; for where nothing else matters. */
export function messageOf(thrown: unknown): string {
  const { message } = readOne(thrown);
  return message === '' ? readError(thrown).message : message;
}

/** Whether a value has the shape of an error: one of any realm, or an object with a text as `message`. Never throws. */
export function isErrorLike(value: unknown): value is { message: string } {
  return isObject(value) && (isNativeError(value) || typeof read(value, 'message') === 'string');
}

/**
 * Whether a value is an Error whose properties are what they should be, so that anybody can read them. Never throws.
 */
export function isSoundError(value: unknown): value is Error {
  try {
    if (!isNativeError(value) && !(value instanceof Error)) return false;
    // A getter of its own may answer otherwise, or throw, when it is asked again.
    if (OWN_VALUES.some((field) => Object.getOwnPropertyDescriptor(value, field)?.get)) return false;
    const { name, message, stack } = value;
    if ('code' in value) void value.code;
    const areTexts = typeof name === 'string' && typeof message === 'string';
    return areTexts && (stack === undefined || typeof stack === 'string');
  } catch {
    return false;
  }
}

/** Shows a value in a message. Never throws. */
export function describeValue(value: unknown): string {
  try {
    if (typeof value === 'function') return '[function]';
    return (JSON.stringify(value) ?? String(value)).slice(0, MOST_SHOWN);
  } catch {
    try {
      return Object.prototype.toString.call(value);
    } catch {
      return '[unreadable]';
    }
  }
}

/** Warns of an error that nobody else can be told of. Never throws: Node gets one of our own making, and reads that. */
export function warnOf(thrown: unknown, what = ''): void {
  const { name, message, stack } = readError(thrown);
  const warning = new Error(what === '' ? message : `${what}: ${message}`);
  process.emitWarning(Object.assign(warning, { name, stack: what === '' ? stack : `${what}: ${stack}` }));
}

const OWN_VALUES = ['name', 'message', 'code', 'cause', 'errors'] as const;
const NO_FACTS: ErrorCause = { name: 'Error', message: '' };

function causesOf(thrown: unknown): unknown[] {
  const found: unknown[] = [thrown];
  for (let at = 0; at < found.length && found.length <= MOST_CAUSES; at++) {
    const one = found[at];
    if (!isObject(one)) continue;
    for (const next of [read(one, 'cause'), ...partsOf(one)]) {
      if (found.length > MOST_CAUSES) break;
      if (isErrorLike(next) && !found.includes(next) && !repeats(one, next)) found.push(next);
      else if (typeof next === 'string' && next !== '') found.push(next);
    }
  }
  return found.slice(1);
}

function partsOf(one: object): unknown[] {
  const parts = read(one, 'errors');
  try {
    return Array.isArray(parts) ? Array.prototype.slice.call(parts, 0, MOST_CAUSES) : [];
  } catch {
    return [];
  }
}

/** An error made of what was thrown has that as its cause, and says the same. */
function repeats(one: object, cause: object): boolean {
  return !isNativeError(cause) && readOne(one).message === readOne(cause).message;
}

function readOne(thrown: unknown): ErrorCause {
  if (typeof thrown === 'string') return { name: 'Error', message: thrown };
  if (!isObject(thrown)) return { name: 'Error', message: describeValue(thrown) };
  const name = read(thrown, 'name');
  const message = read(thrown, 'message');
  const code = read(thrown, 'code');
  return {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: typeof message === 'string' ? message : describeValue(message ?? thrown),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
  };
}

function readStack(thrown: unknown): string {
  const stack = isObject(thrown) ? read(thrown, 'stack') : undefined;
  if (typeof stack === 'string' && stack !== '') return stack;
  const { name, message } = readOne(thrown);
  return `${name}: ${message}`;
}

function read(source: object, name: string): unknown {
  try {
    return Reflect.get(source, name);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
