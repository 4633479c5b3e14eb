import { ApiaryError } from '../errors.ts';

/** Throws JOB_INVALID, by the name of the field, unless `value` is a whole number from `least` to `most`. */
export function requireWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const message = `${name} must be a whole number from ${least} to ${most}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: name, message }] });
}
