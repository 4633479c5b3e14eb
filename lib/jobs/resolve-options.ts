import { describeValue } from '../error-facts.ts';
import type { ApiaryError, FieldProblem } from '../errors.ts';
import { type FieldCheck, fieldCheck, invalidFields } from '../field-checks.ts';
import { unknownAmong } from '../nearest.ts';
import {
  JOB_OPTION_NAMES,
  JOB_OPTION_TABLE,
  type JobOptionName,
  type JobOptions,
  type ResolvedJobOptions,
} from './options.ts';

/**
 * Fills in defaults and checks every value. The second argument wins over the first (the defaults of the type).
 * Throws JOB_INVALID that lists each wrong field, unknown options by name.
 */
export function resolveOptions(defaults: JobOptions, given: JobOptions): ResolvedJobOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noOptions(given);
  const problems: FieldProblem[] = [];
  const check = fieldCheck(problems, 'options.');
  for (const name of Object.keys(given)) {
    if (!isOptionName(name)) check(name, false, `is ${unknownAmong(name, JOB_OPTION_NAMES)}`);
  }
  const merged = merge(defaults, given);
  const resolved: Partial<ResolvedJobOptions> = {};
  for (const name of JOB_OPTION_NAMES) resolveOne(name, merged, check, resolved);
  if (merged.group !== undefined) checkGrouped(merged, check);
  if (problems.length > 0) throw invalidFields('job options are', problems);
  // Each name was gone through.
  return resolved as ResolvedJobOptions;
}

/** Whether there is an option of this name. */
export function isOptionName(name: string): name is JobOptionName {
  return Object.hasOwn(JOB_OPTION_TABLE, name);
}

/** Names the options that jobs of a kind cannot have, see {@link JOB_OPTIONS}. */
export function optionsBarredFor(kind: 'grouped' | 'scheduled' | 'linked'): readonly JobOptionName[] {
  return JOB_OPTION_NAMES.filter((name) => !JOB_OPTION_TABLE[name].mayHave[kind]);
}

const NOT_GROUPED = optionsBarredFor('grouped');

function merge(defaults: JobOptions, given: JobOptions): JobOptions {
  const merged = { ...defaults };
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) Object.assign(merged, { [name]: value });
  // What the call says of the start replaces what the type says, also when it says it in the other way.
  if (given.delayMs !== undefined && given.runAt === undefined) delete merged.runAt;
  if (given.runAt !== undefined && given.delayMs === undefined) delete merged.delayMs;
  return merged;
}

function resolveOne<Name extends JobOptionName>(
  name: Name,
  merged: JobOptions,
  check: FieldCheck,
  resolved: Partial<ResolvedJobOptions>,
): void {
  resolved[name] = JOB_OPTION_TABLE[name].resolve(merged, check);
}

function checkGrouped(merged: JobOptions, check: FieldCheck): void {
  for (const name of NOT_GROUPED)
    check(name, merged[name] === undefined, 'cannot be given together with group');
}

function noOptions(given: unknown): ApiaryError {
  const message = `must be an object, not ${describeValue(given)}`;
  return invalidFields('job options are', [{ path: 'options', message }]);
}
