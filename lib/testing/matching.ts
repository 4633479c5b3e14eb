import { isDeepStrictEqual } from 'node:util';

/**
 * Whether a value is as expected: by a function; by what has a method `test` or `asymmetricMatch`, as matchers of
 * sinon and others; by those fields of an object that are named; else by being equal.
 */
export function matches(expected: unknown, actual: unknown): boolean {
  if (typeof expected === 'function') return Boolean(expected(actual));
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, actual);
  if (expected instanceof RegExp) return typeof actual === 'string' && actual.search(expected) >= 0;
  const judge = ['asymmetricMatch', 'test'].map((name) => Reflect.get(expected, name)).find(isFunction);
  if (judge) return Boolean(Reflect.apply(judge, expected, [actual]));
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((one, at) => matches(one, actual[at]))
    );
  if (Object.getPrototypeOf(expected) !== Object.prototype) return isDeepStrictEqual(expected, actual);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([name, one]) => matches(one, Reflect.get(actual, name)));
}

/** Says what is expected, for a message and a diff. */
export function shownExpected(expected: unknown): unknown {
  if (typeof expected === 'function') return `[function ${expected.name || 'without a name'}]`;
  if (typeof expected !== 'object' || expected === null) return expected;
  if (expected instanceof RegExp) return String(expected);
  if (isFunction(Reflect.get(expected, 'test')) || isFunction(Reflect.get(expected, 'asymmetricMatch')))
    return String(Reflect.get(expected, 'message') ?? expected);
  if (Array.isArray(expected)) return expected.map(shownExpected);
  if (Object.getPrototypeOf(expected) !== Object.prototype) return expected;
  return Object.fromEntries(Object.entries(expected).map(([name, one]) => [name, shownExpected(one)]));
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
