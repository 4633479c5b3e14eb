import { describeValue } from './error-facts.ts';
import { ApiaryError } from './errors.ts';

/**
 * Returns what a call of the library was given where it takes an object of `what`. Throws JOB_INVALID for anything
 * else.
 */
export function requireObject<Given>(call: string, what: string, given: Given): Given & object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  throw refusal(call, `an object of ${what}`, given);
}

/** Throws JOB_INVALID unless a call of the library was given a list where it takes one. */
export function requireList(call: string, what: string, given: unknown): asserts given is readonly unknown[] {
  if (!Array.isArray(given)) throw refusal(call, `a list of ${what}`, given);
}

function refusal(call: string, takes: string, given: unknown): ApiaryError {
  return new ApiaryError('JOB_INVALID', `${call} takes ${takes}, not ${describeValue(given)}`);
}
