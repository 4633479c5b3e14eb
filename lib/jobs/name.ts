const NAME = /^[^\s:{}]{1,128}$/;

/** What may be the name of a queue, a job type or a back-off, in words that follow `must be`. */
export const NAME_RULE = '1 to 128 characters without spaces, colons or braces';

/** Whether the value may be such a name. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
