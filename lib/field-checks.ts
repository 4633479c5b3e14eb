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

/** So many faults are in the message of an error. */
const MOST_IN_MESSAGE = 10;
const MORE = /^has (\d+) more faults$/;

/**
 * The first so many of some faults. Where there are more, `total` in all, the last of them says how many: whoever sent
 * them knows then that mending these is not enough.
 */
export function firstFaults(
  problems: readonly FieldProblem[],
  most: number,
  { total, path = '' }: { total?: number; path?: string } = {},
): readonly FieldProblem[] {
  if ((total ?? problems.length) <= most) return problems;
  const told = problems.slice(0, most - 1);
  const count = (total ?? problems.length - 1 + standsFor(problems.at(-1))) - told.length;
  return [...told, { path, message: `has ${count} more faults` }];
}

/** The last of some that were cut before stands for several. */
function standsFor(last: FieldProblem | undefined): number {
  const [, more = 1] = MORE.exec(last?.message ?? '') ?? [];
  return Number(more);
}

/** Makes a JOB_INVALID that names each wrong field of `what`, which is followed by `not valid`. */
export function invalidFields(what: string, problems: readonly FieldProblem[]): ApiaryError {
  const told = firstFaults(problems, MOST_IN_MESSAGE, { path: 'all of it' });
  const text = told.map(({ path, message }) => `${path} ${message}`).join('; ');
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
