import { describeValue } from './error-facts.ts';
import { ApiaryError, type FieldProblem } from './errors.ts';
import { isWhole } from './field-checks.ts';
import { unknownAmong } from './nearest.ts';

/** Says of each option of an entry of the library what it may be. */
export type OptionsShape = Readonly<Record<string, Option>>;

/**
 * Checks the options of an entry of the library, of which none but those of the shape may be there. Throws an
 * ApiaryError that names each wrong one with its path, what it may be and what came; an unknown one with the known one
 * that is nearest.
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
      problems.push(...option.problemsOf(Reflect.get(given, name), name));
  }
  if (problems.length === 0) return;
  const text = problems.map(({ path, message }) =>
    path === '' ? `options ${message}` : `${path} ${message}`,
  );
  throw new ApiaryError(code, `${entry}: ${text.join('; ')}`, { problems });
}

/** What is in an object may be anything, also a secret. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : describeValue(value);
}

/** Names what is wrong with a value, or with what is in it; `path` is where it stands. */
type ProblemsOf = (value: unknown, path: string) => FieldProblem[];

/** What one option may be. No library for schemas stands behind it, so that whoever imports ours need not load one. */
export class Option {
  readonly problemsOf: ProblemsOf;

  constructor(problemsOf: ProblemsOf) {
    this.problemsOf = problemsOf;
  }

  /** The same, or undefined. */
  optional(): Option {
    return new Option((value, path) => (value === undefined ? [] : this.problemsOf(value, path)));
  }

  /** The same, or undefined or null. */
  nullish(): Option {
    return new Option((value, path) => (value === null ? [] : this.optional().problemsOf(value, path)));
  }
}

/** A value of which a function says whether it is right; `rule` follows its name in the message. */
export function optionThat(rule: string, isRight: (value: unknown) => boolean): Option {
  return new Option((value, path) =>
    isRight(value) ? [] : [{ path, message: `${rule}, not ${shown(value)}` }],
  );
}

/** A whole number between two. */
export function wholeOption(least: number, most: number = Number.MAX_SAFE_INTEGER): Option {
  const rule = `must be a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`}`;
  return optionThat(rule, (value) => isWhole(value, least, most));
}

/** Whatever somebody else looks at. */
export const anyOption: Option = optionThat('', () => true);

/** True or false. */
export const flagOption: Option = optionThat('must be true or false', (value) => typeof value === 'boolean');

/** A text, which may be empty. */
export const textOption: Option = optionThat('must be a text', (value) => typeof value === 'string');

/** A function. */
export const functionOption: Option = optionThat(
  'must be a function',
  (value) => typeof value === 'function',
);

/** A list of such values. */
export function listOption(item: Option): Option {
  const list = optionThat('must be a list', Array.isArray);
  return new Option((value, path) => {
    if (!Array.isArray(value)) return list.problemsOf(value, path);
    // A list with holes too: what is not there is undefined.
    return Array.from(value, (one: unknown, at) => item.problemsOf(one, `${path}.${at}`)).flat();
  });
}

const plainObject = optionThat('must be an object', isPlainObject);

/** An object of such values, by names of any kind. */
export function mapOption(value: Option): Option {
  return new Option((map, path) => {
    if (!isPlainObject(map)) return plainObject.problemsOf(map, path);
    return Object.entries(map).flatMap(([name, one]) => value.problemsOf(one, `${path}.${name}`));
  });
}

/** An object of these fields and no others. */
export function objectOption(fields: OptionsShape): Option {
  return new Option((value, path) => {
    if (!isPlainObject(value)) return plainObject.problemsOf(value, path);
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name));
    const message = `has ${unknown.join(', ')}, which is unknown`;
    const strange = unknown.length > 0 ? [{ path, message }] : [];
    const wrong = Object.entries(fields).flatMap(([name, field]) =>
      field.problemsOf(value[name], `${path}.${name}`),
    );
    return [...wrong, ...strange];
  });
}

/** As a literal makes one, in this realm or in another. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
