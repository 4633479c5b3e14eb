import {
  isAnyArrayBuffer,
  isArrayBufferView,
  isBoxedPrimitive,
  isDate,
  isMap,
  isNativeError,
  isPromise,
  isRegExp,
  isSet,
  isWeakMap,
  isWeakSet,
} from 'node:util/types';
import { MOST_DATA_BYTES, requireDataSize } from '../engine/record/data-size.ts';
import { JsonText } from '../engine/record/new-job.ts';
import { ApiaryError, coerceError, type FieldProblem } from '../errors.ts';

/** Data of a job that is to be added: as they will be stored, and as a handler will get them. */
export interface GivenData {
  json: JsonText;
  value: unknown;
}

/** Deeper than this the quick look is no use: what is nested so deep may be a circle. */
const MOST_DEPTH = 100;
const MOST_PROBLEMS = 10;

/**
 * Writes data out, once, as they will be stored. What JSON changes is refused with its path: a handler would get
 * something else. Fields that are undefined are left out, as JSON does it. Throws JOB_INVALID; DATA_TOO_LARGE for what
 * is longer than `mostBytes`, by default a mebibyte.
 */
export function writeData(type: string, data: unknown, mostBytes = MOST_DATA_BYTES): GivenData {
  try {
    // Nearly all data are plain, and then nothing has to be read back and compared.
    const given = isPlain(data, MOST_DEPTH)
      ? { json: new JsonText(JSON.stringify(data)), value: data }
      : writeOther(type, data);
    requireDataSize(type, given.json.text, mostBytes);
    return given;
  } catch (thrown) {
    if (thrown instanceof ApiaryError) throw thrown;
    throw refused(type, [{ path: '', message: `cannot be written as JSON: ${coerceError(thrown).message}` }]);
  }
}

/** Whether JSON gives back just this. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
    for (let at = 0; at < value.length; at++) if (!isPlain(value[at], depth - 1)) return false;
    return true;
  }
  if (!isOfNoClass(value)) return false;
  // With what somebody may have written to the prototype of all objects.
  for (const name in value) if (!isPlain(value[name], depth - 1)) return false;
  return true;
}

function isOfNoClass(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeOther(type: string, data: unknown): GivenData {
  const text: string | undefined = JSON.stringify(data);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  const problems: FieldProblem[] = [];
  compare(data, value, { path: [], problems });
  if (text === undefined || problems.length > 0) throw refused(type, problems);
  return { json: new JsonText(text), value };
}

/** Where the comparison is, and what it has found. */
interface Comparison {
  path: readonly string[];
  problems: FieldProblem[];
}

/** Notes where what JSON gives back is not what was given. */
function compare(given: unknown, read: unknown, place: Comparison): void {
  if (place.problems.length >= MOST_PROBLEMS) return;
  const what = whatJsonChanges(given);
  if (what !== null) note(place, `is ${what}`);
  else if (Array.isArray(given)) compareLists(given, read, place);
  else if (typeof given === 'object' && given !== null) compareObjects(given, read, place);
  // Both zeros are the same number, and JSON has one.
  else if (given !== read) note(place, OTHERWISE);
}

function compareLists(given: readonly unknown[], read: unknown, place: Comparison): void {
  if (!Array.isArray(read) || read.length !== given.length) {
    note(place, OTHERWISE);
    return;
  }
  for (let at = 0; at < given.length && place.problems.length < MOST_PROBLEMS; at++) {
    const inner = { ...place, path: [...place.path, String(at)] };
    if (given[at] === undefined) note(inner, 'is undefined, of which JSON makes null in a list');
    else compare(given[at], read[at], inner);
  }
}

function compareObjects(given: object, read: unknown, place: Comparison): void {
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    note(place, OTHERWISE);
    return;
  }
  const names = Object.keys(given).filter(
    (name) => name !== 'toJSON' && Reflect.get(given, name) !== undefined,
  );
  for (const name of names) {
    compare(Reflect.get(given, name), Reflect.get(read, name), { ...place, path: [...place.path, name] });
  }
  if (place.problems.length === 0 && Object.keys(read).length !== names.length) note(place, OTHERWISE);
}

const OTHERWISE = 'has a toJSON that makes something else of it; give what that makes';

/** Says what a value is that JSON has no word for; null where it has one. */
function whatJsonChanges(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
      return 'undefined, which JSON has not';
    case 'number':
      return Number.isFinite(value) ? null : `${value}, of which JSON makes null`;
    case 'bigint':
      return 'a BigInt, which JSON has not; give it as a text';
    case 'function':
    case 'symbol':
      return `a ${typeof value}, which JSON leaves out`;
    case 'object':
      return value === null ? null : (KINDS.find(([is]) => is(value))?.[1] ?? null);
    default:
      return null;
  }
}

const KINDS: readonly (readonly [is: (value: object) => boolean, what: string])[] = [
  [
    isDate,
    'a Date, of which JSON makes a text; give that, as toISOString writes it, and have the schema read it',
  ],
  [isMap, 'a Map, of which JSON makes {}; give Object.fromEntries of it, or a list'],
  [isSet, 'a Set, of which JSON makes {}; give a list'],
  [isRegExp, 'a RegExp, of which JSON makes {}'],
  [isArrayBufferView, 'binary data, of which JSON makes an object of numbers; give it as base64'],
  [isAnyArrayBuffer, 'binary data, of which JSON makes {}; give it as base64'],
  [isNativeError, 'an Error, of which JSON makes {}; give what is to be known of it'],
  [isPromise, 'a promise, of which JSON makes {}; wait for it'],
  [isBoxedPrimitive, 'an object around a single value; give the value'],
  [(value) => isWeakMap(value) || isWeakSet(value), 'a weak collection, of which JSON makes {}'],
];

function note({ path, problems }: Comparison, message: string): void {
  problems.push({ path: path.join('.'), message });
}

function refused(type: string, problems: readonly FieldProblem[]): ApiaryError {
  const text = problems
    .map(({ path, message }) => `${path === '' ? 'the whole' : path} ${message}`)
    .join('; ');
  return new ApiaryError('JOB_INVALID', `data of ${type} is not valid: ${text}`, {
    problems: problems.map(({ path, message }) => ({ path: path === '' ? 'data' : path, message })),
  });
}
