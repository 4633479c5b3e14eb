import { codeOf } from '../code-of.ts';
import { isSoundError, messageOf } from '../error-facts.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { isThenable } from '../promises.ts';
import { redactText } from '../redact.ts';
import { addressOf } from '../redis/address.ts';
import { nameKeys } from '../redis/named-keys.ts';
import { troubleOf } from '../redis/outages.ts';
import { type RedisTrouble, TROUBLE_TEXTS, troubleIn } from '../redis/unavailable.ts';
import type { RedisClient } from './scripts.ts';

/** What ioredis says to who asks over a client that is used otherwise. */
const WRONG_USE = /^Connection (in subscriber mode|is in monitoring mode)/;

/**
 * Makes what every method of the object rejects with an error of ours, where Redis or its client said it: the one way
 * for an error of Redis to get out of here. Its methods must all return promises. Returns the object.
 */
export function tellCallers<Told extends object>(client: RedisClient, object: Told): Told {
  for (const [name, method] of methodsOf(object)) {
    const value = (...given: unknown[]): unknown => {
      try {
        const answer: unknown = Reflect.apply(method, object, given);
        return isThenable(answer) ? tell(client, answer) : answer;
      } catch (error) {
        // What is wrong with the arguments is told as all else.
        return Promise.reject(error);
      }
    };
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
  }
  return object;
}

/** The methods of an object, those of the classes too that its own extends: of two of a name the nearer one. */
function methodsOf(object: object): Map<string, (...given: never[]) => unknown> {
  const methods = new Map<string, (...given: never[]) => unknown>();
  let made: object = Object.getPrototypeOf(object);
  for (; made !== Object.prototype; made = Object.getPrototypeOf(made)) {
    for (const name of Object.getOwnPropertyNames(made)) {
      const method: unknown = Object.getOwnPropertyDescriptor(made, name)?.value;
      if (name === 'constructor' || typeof method !== 'function' || methods.has(name)) continue;
      methods.set(name, (...given) => Reflect.apply(method, object, given));
    }
  }
  return methods;
}

/** Lets a call over a connection reject with what callers are told; see {@link toldError}. */
export function tell<T>(client: RedisClient, call: PromiseLike<T>): Promise<T> {
  return Promise.resolve(call).catch((error: unknown) => {
    throw toldError(client, error);
  });
}

/**
 * What a caller is told of an error: what Redis or its client said becomes an ApiaryError with a code, the address and
 * what was said, and the error is its cause; any other, and one of ours, stays as it is.
 */
export function toldError(client: RedisClient, error: unknown): unknown {
  const code = toldCode(error);
  return code === null ? error : toldAs(code, client, coerceError(error));
}

/** The same for an error of the connection itself, all of which mean that it cannot be made or has ended. */
export function toldOutage(client: RedisClient, error: unknown): ApiaryError {
  if (error instanceof ApiaryError) return error;
  return toldAs(toldCode(error) ?? 'REDIS_UNAVAILABLE', client, coerceError(error));
}

function toldCode(error: unknown): RedisTrouble | null {
  // A handler or a schema may have thrown anything.
  if (!isSoundError(error) || error instanceof ApiaryError) return null;
  const trouble = troubleIn(error);
  if (trouble) return trouble.code;
  return error.name === 'ReplyError' || WRONG_USE.test(error.message) ? 'REDIS_REFUSED' : null;
}

function toldAs(ofError: RedisTrouble, client: RedisClient, error: Error): ApiaryError {
  // That a command was given up says less than what the connection failed of.
  const trouble = error.name === 'ReplyError' ? null : troubleOf(client);
  const code = troubleIn(trouble)?.code ?? ofError;
  const message = `Redis at ${addressOf(client)} ${TROUBLE_TEXTS[code]}: ${redactText(reasonOf(error, trouble))}`;
  return new ApiaryError(code, message, { cause: error });
}

function reasonOf(error: Error, trouble: Error | null): string {
  const text = textOf(nameKeys(error));
  const why = trouble ? textOf(trouble) : '';
  return text.includes(why) ? text : `${why} (${text})`;
}

/** One that only gathers others, as of the addresses of a host, says nothing itself. */
function textOf(error: Error): string {
  return messageOf(error) || codeOf(error) || error.name;
}
