import { z } from 'zod';
import { describeValue } from './error-facts.ts';
import { ApiaryError, type FieldProblem } from './errors.ts';
import { isWhole } from './field-checks.ts';
import { unknownAmong } from './nearest.ts';

/** Says of each option of an entry of the library what it may be. */
export type OptionsShape = Readonly<Record<string, z.ZodType>>;

/**
 * Checks the options of an entry of the library, of which none but those of the shape may be there. Throws an ApiaryError that
 * names each wrong one with its path, what it may be and what came; an unknown one with the known one that is nearest.
 */
export function checkOptions(
  entry: string,
  shape: OptionsShape,
  given: unknown,
  code: 'CONFIG_INVALID' | 'JOB_INVALID' = 'CONFIG_INVALID',
): void {
  const known = Object.keys(shape);
  const problems: FieldProblem[] = [];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push({
      path: '',
      message: `must be an object of ${known.join(', ')}, not ${shown(given)}`,
    });
  } else {
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(shape, name))
        problems.push({ path: name, message: `is ${unknownAmong(name, known)}` });
    }
    for (const [name, option] of Object.entries(shape))
      checkOne(name, option, Reflect.get(given, name), problems);
  }
  if (problems.length === 0) return;
  const text = problems.map(({ path, message }) =>
    path === '' ? `options ${message}` : `${path} ${message}`,
  );
  throw new ApiaryError(code, `${entry}: ${text.join('; ')}`, { problems });
}

function checkOne(name: string, option: z.ZodType, value: unknown, problems: FieldProblem[]): void {
  const { error } = option.safeParse(value, { reportInput: true });
  for (const issue of error?.issues ?? []) {
    const path = [name, ...issue.path.map(String)].join('.');
    problems.push({ path, message: issueText(issue) });
  }
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has ${issue.keys.join(', ')}, which is unknown`;
  return `${issue.message}, not ${shown(issue.input)}`;
}

/** What is in an object may be anything, also a secret. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : describeValue(value);
}

/** A value of which a function says whether it is right; `rule` follows its name in the message. */
export function optionThat(rule: string, isRight: (value: unknown) => boolean): z.ZodType {
  return z.custom((value) => isRight(value), { error: rule });
}

/** A whole number between two. */
export function wholeOption(least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodType {
  const rule = `must be a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`}`;
  return optionThat(rule, (value) => isWhole(value, least, most));
}

/** Whatever somebody else looks at. */
export const anyOption: z.ZodType = z.unknown();

/** True or false. */
export const flagOption: z.ZodType = optionThat(
  'must be true or false',
  (value) => typeof value === 'boolean',
);

/** A text, which may be empty. */
export const textOption: z.ZodType = optionThat('must be a text', (value) => typeof value === 'string');

/** A function. */
export const functionOption: z.ZodType = optionThat(
  'must be a function',
  (value) => typeof value === 'function',
);

/** A list of such values. */
export function listOption(item: z.ZodType): z.ZodType {
  return z.array(item, { error: 'must be a list' });
}

/** An object of such values, by names of any kind or of one. */
export function mapOption(value: z.ZodType): z.ZodType {
  return z.record(z.string(), value, { error: 'must be an object' });
}
