import { runInNewContext } from 'node:vm';

/** Not written as a name: that would look like a mistake. */
const THEN = 'then';

function thrower(): never {
  throw new Error('a trap went off');
}

/** An object on which any of these names is a getter that throws. */
function withTraps(target: object, ...names: PropertyKey[]): object {
  // A stack is written at the first look, from name and message: so it comes first.
  for (const name of names) {
    Object.defineProperty(target, name, { get: thrower, enumerable: true, configurable: true });
  }
  return target;
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Counts its calls, and throws from the second on. */
function once<T>(value: T): () => T {
  let calls = 0;
  return () => (++calls === 1 ? value : thrower());
}

const TRAPS: ProxyHandler<object> = {
  get: thrower,
  has: thrower,
  ownKeys: thrower,
  getPrototypeOf: thrower,
  getOwnPropertyDescriptor: thrower,
};

function chain(length: number): Error {
  const { stackTraceLimit } = Error;
  // A thousand stacks take long, and the last error has one.
  Error.stackTraceLimit = 0;
  let error = new Error('the first');
  for (let at = 1; at < length - 1; at++) error = new Error(`number ${at}`, { cause: error });
  Error.stackTraceLimit = stackTraceLimit;
  return new Error(`number ${length - 1}`, { cause: error });
}

function circle(): Error {
  const error: Error & { cause?: unknown } = new Error('round');
  error.cause = new AggregateError([error, new Error('part', { cause: error })], 'and round');
  return error;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = [value];
  return value;
}

/**
 * What anybody may hand over wherever a value of the caller's comes in: thrown, returned, given as data or as a field. Each is
 * made anew, as some go off only once.
 */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'an empty text': () => '',
  'a symbol': () => Symbol('s'),
  'a BigInt': () => 5n,
  NaN: () => Number.NaN,
  'a function': () => () => thrower(),
  'a class': () => class Odd {},
  'an error whose message is an object of no prototype': () =>
    Object.assign(new Error('x'), { message: Object.create(null) as unknown }),
  'an error whose message is a symbol': () => Object.assign(new Error('x'), { message: Symbol('m') }),
  'an error of which nothing can be read': () =>
    withTraps(new Error('x'), 'stack', 'message', 'name', 'code', 'cause', 'errors'),
  'an error that can be read once': () =>
    Object.defineProperties(new Error('x'), {
      stack: { get: once('once') },
      message: { get: once('once') },
      name: { get: once('once') },
    }),
  'an error whose cause goes round': circle,
  'an error with a thousand causes': () => chain(1_000),
  'an AggregateError of traps': () =>
    new AggregateError([revoked({}), withTraps(new Error('p'), 'stack', 'message'), null, 5n], ''),
  'an error of another realm': () => runInNewContext('new TypeError("elsewhere")') as unknown,
  'a frozen error': () => Object.freeze(new Error('cold')),
  'a proxy of traps': () => new Proxy({}, TRAPS),
  'a proxy of an error, of traps': () => new Proxy(new Error('x'), TRAPS),
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of a function': () => revoked(() => 1),
  'a thenable that throws': () => ({ [THEN]: thrower }),
  'a thenable that throws after it has called back': () => ({
    [THEN]: (resolve: (value: unknown) => void, reject: (thrown: unknown) => void) => {
      resolve(1);
      reject(new Error('and again'));
      thrower();
    },
  }),
  'a thenable that cannot be read': () => withTraps({}, 'then'),
  'a promise with a then of its own': () => Object.assign(Promise.resolve(1), { [THEN]: thrower }),
  'a promise with a constructor that cannot be read': () => withTraps(Promise.resolve(1), 'constructor'),
  'a thenable that is rejected with a revoked proxy': () => ({
    [THEN]: (_: unknown, reject: (thrown: unknown) => void) => reject(revoked({})),
  }),
  'a toJSON that throws': () => ({ toJSON: thrower }),
  'a toJSON that works once': () => ({ toJSON: once({ a: 1 }) }),
  'a toJSON that gives nothing': () => ({ toJSON: () => undefined }),
  'what refers to itself': () => {
    const value: Record<string, unknown> = {};
    value['self'] = value;
    return value;
  },
  'what is nested too deep': () => nested(50_000),
  'what cannot be text': () => ({ toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower }),
  'half an emoji': () => '\ud83d',
  'an invalid date': () => new Date(Number.NaN),
};
