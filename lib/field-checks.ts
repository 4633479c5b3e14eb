import { ApiaryError, type FieldProblem } from './errors.ts';

/** Takes note of a wrong value under its path; says whether it is right. */
export type FieldCheck = (path: string, isRight: boolean, message: string) => boolean;

/** Makes a check that adds what is wrong to a list, each path with a beginning in front of it; default none. */
export function fieldCheck(problems: FieldProblem[], begin = ''): FieldCheck {
  return (path, isRight, message) => {
    if (!isRight) problems.push({ path: begin + path, message });
    return isRight;
  };
}

/** Makes a JOB_INVALID that names each wrong field of `what`, which is followed by `not valid`. */
export function invalidFields(what: string, problems: readonly FieldProblem[]): ApiaryError {
  const text = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new ApiaryError('JOB_INVALID', `${what} not valid: ${text}`, { problems });
}

/** Every field of an object: one that is left out, or is none of them, does not compile. */
export type EveryField<Shape> = { readonly [Name in keyof Shape]-?: true };

/** Throws JOB_INVALID, naming the value, unless it is a whole number within these bounds. */
export function requireWhole(
  name: string,
  value: unknown,
  { least, most }: { least: number; most: number },
): void {
  if (isWhole(value, least, most)) return;
  const message = `${name} must be a whole number from ${least} to ${most}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: name, message }] });
}

/** Whether a value is a whole number between two; the greatest is that which is kept exactly, unless told. */
export function isWhole(
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}
