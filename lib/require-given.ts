import { describeValue } from './error-facts.ts';
import { ApiaryError } from './errors.ts';
import { unknownAmong } from './nearest.ts';

/**
 * Returns what a call of the library was given where it takes an object of `what`. Throws JOB_INVALID for anything
 * else.
 */
export function requireObject<Given>(call: string, what: string, given: Given): Given & object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  throw refusal(call, `an object of ${what}`, given);
}

/**
 * The same where no other names may be in it than these: one that is misspelt would say nothing, and a call on many
 * jobs be about more of them.
 */
export function requireNamed<Given>(call: string, names: readonly string[], given: Given): Given & object {
  const object = requireObject(call, names.join(', '), given);
  const strange = Object.keys(object).find((name) => !names.includes(name));
  if (strange === undefined) return object;
  const message = `${call}: ${strange} is ${unknownAmong(strange, names)}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: strange, message }] });
}

/** Throws JOB_INVALID unless a call of the library was given a list where it takes one. */
export function requireList(call: string, what: string, given: unknown): asserts given is readonly unknown[] {
  if (!Array.isArray(given)) throw refusal(call, `a list of ${what}`, given);
}

function refusal(call: string, takes: string, given: unknown): ApiaryError {
  return new ApiaryError('JOB_INVALID', `${call} takes ${takes}, not ${describeValue(given)}`);
}
