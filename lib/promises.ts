import { isPromise } from 'node:util/types';

/**
 * Whether a value may be waited for: a promise, of any realm, or whatever else has a method `then`. Never throws; what
 * cannot be read is none.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (!mayHaveThen(value)) return false;
  try {
    return typeof value.then === 'function';
  } catch {
    return false;
  }
}

function mayHaveThen(value: unknown): value is { readonly then?: unknown } {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * Makes a promise of ours of what may be waited for: it settles once, whatever the `then` of the other does, how often
 * it calls back and what it throws.
 */
export function adopted<T>(value: PromiseLike<T>): Promise<T> {
  // Promise.resolve would hand back a promise as it is, with a `then` that anybody may have written to it.
  return new Promise((resolve) => resolve(value));
}

/**
 * Resolves with what the callback makes of how something ended that may be waited for, and rejects only with what the
 * callback throws. One of Node's own promises costs neither another promise nor a turn more.
 */
export function afterSettled<T>(
  value: PromiseLike<unknown>,
  onValue: (value: unknown) => T | PromiseLike<T>,
  onThrown: (thrown: unknown) => T | PromiseLike<T>,
): Promise<T> {
  return ownOf(value).then(onValue, onThrown);
}

/** Lets what a function returned that is not waited for fail where nobody is harmed by it; `onThrown` hears of it. */
export function hush(returned: unknown, onThrown: (thrown: unknown) => void = () => undefined): void {
  if (isThenable(returned)) ownOf(returned).then(undefined, onThrown);
}

/**
 * The same of what may be waited for later: returns what to hand on in its place. What is no promise may begin its work
 * whenever it is waited for, as a query of many libraries does, so it is waited for once, here.
 */
export function hushed(returned: unknown): unknown {
  if (!isThenable(returned)) return returned;
  const own = ownOf(returned);
  own.then(undefined, () => undefined);
  return isPromise(returned) ? returned : own;
}

function ownOf<T>(value: PromiseLike<T>): Promise<T> {
  return isPlainPromise(value) ? value : adopted(value);
}

/** One with nothing of anybody's own about it, so that all it does is what Node does. */
function isPlainPromise<T>(value: PromiseLike<T>): value is Promise<T> {
  return (
    isPromise(value) &&
    Object.getPrototypeOf(value) === Promise.prototype &&
    !Object.hasOwn(value, 'then') &&
    !Object.hasOwn(value, 'constructor')
  );
}
