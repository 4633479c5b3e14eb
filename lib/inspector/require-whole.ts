import { ApiaryError } from '../errors.ts';

/** Throws JOB_INVALID, naming the value, unless it is a whole number within these bounds. */
export function requireWhole(
  name: string,
  value: number,
  { least, most }: { least: number; most: number },
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const message = `${name} must be a whole number from ${least} to ${most}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: name, message }] });
}
