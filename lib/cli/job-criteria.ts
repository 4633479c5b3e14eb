import type { JobSearch, JobState } from '../inspector/inspector.ts';
import { type OptionRule, text, wrong } from './values.ts';

/** The options that narrow jobs down, beside their state. */
export const CRITERIA = {
  type: text('type', 'only those of this type'),
  key: text('key', 'only those with this key'),
  error: text('text', 'only those whose newest error has this in its message'),
  field: fieldOption('only those with this value at this place in their data'),
} as const;

/** What was given for them. */
interface Criteria {
  state: JobState | undefined;
  type: string | undefined;
  key: string | undefined;
  error: string | undefined;
  field: JobSearch['field'] | undefined;
}

/** Makes a search of them. */
export function toSearch({ state, type, key, error, field }: Criteria): JobSearch {
  return {
    ...(state !== undefined && { state }),
    ...(type !== undefined && { type }),
    ...(key !== undefined && { key }),
    ...(error !== undefined && { error }),
    ...(field !== undefined && { field }),
  };
}

/** An option that takes a place in the data of jobs, and what is to be there. */
export function fieldOption(description: string): OptionRule<JobSearch['field'] | undefined> {
  const parse = (given: string): NonNullable<JobSearch['field']> => {
    const at = given.indexOf('=');
    if (at < 1) throw wrong('must be a path and a value such as customer.city=Bern');
    return { path: given.slice(0, at), value: given.slice(at + 1) };
  };
  return { description, placeholder: 'path=value', parse, otherwise: undefined };
}
