import { ApiaryError } from '../errors.ts';

const NAME = /^[^\s:{}]{1,128}$/;

/** What may be the name of a queue, a job type or a back-off, in words that follow `must be`. */
export const NAME_RULE = '1 to 128 characters without spaces, colons or braces';

/** Whether the value may be such a name. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

const PRODUCER_NAME = /^[^\p{Cc}\p{Cs}]{1,100}$/u;

/** Throws CONFIG_INVALID unless the value can be the name of a producer: 1 to 100 characters without control characters. */
export function requireProducerName(value: unknown): asserts value is string {
  if (typeof value === 'string' && PRODUCER_NAME.test(value)) return;
  const message = 'the name of a producer must be 1 to 100 characters without control characters';
  throw new ApiaryError('CONFIG_INVALID', message, { problems: [{ path: 'name', message }] });
}
