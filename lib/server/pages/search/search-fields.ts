import type { Request } from 'express';
import {
  isJobState,
  JOB_STATES,
  type JobFilter,
  type JobSearch,
  type JobState,
} from '../../../inspector/inspector.ts';
import { firstOf } from '../read-form.ts';

/** What can be filled in, and where a search goes on; empty where nothing is. */
export type SearchFields = Readonly<Record<FieldName, string>>;

/** The names of fields as they are in the address of a search. */
export type FieldName = (typeof FIELD_NAMES)[number];

/** What is wrong with which fields. */
export type FieldProblems = Readonly<Partial<Record<FieldName, string>>>;

/** What a search is to do. */
export type SearchOrder =
  /** Nothing was asked for yet. */
  | { kind: 'none' }
  | { kind: 'refused'; problems: FieldProblems }
  /** To look for an id, in all queues and states unless said. */
  | { kind: 'find'; id: string; queue: string | null; state: JobState | null }
  | { kind: 'search'; queue: string; search: JobSearch };

const FIELD_NAMES = [
  ...(['queue', 'state', 'id', 'type', 'key', 'error', 'path', 'value', 'cursor'] as const),
  // By which column what is found is sorted, and in which direction.
  ...(['sort', 'dir'] as const),
] as const;
/** What narrows a search down; an id says all by itself. */
const CRITERIA = ['type', 'key', 'error', 'path', 'value', 'cursor'] as const;

/** Reads the fields off the address of a search; of one that is there several times, the first. */
export function readFields({ originalUrl }: Request): SearchFields {
  const { searchParams } = new URL(originalUrl, 'http://monitor.invalid');
  return wholeFields(Object.fromEntries([...searchParams].reverse()));
}

/** All fields, those that are not given empty. */
export function wholeFields(given: Readonly<Record<string, string>>): SearchFields {
  const read = (name: FieldName): string => (Object.hasOwn(given, name) ? (given[name] ?? '') : '');
  return {
    queue: read('queue'),
    state: read('state'),
    // It is pasted, often with what stood around it.
    id: read('id').trim(),
    type: read('type'),
    key: read('key'),
    error: read('error'),
    path: read('path'),
    value: read('value'),
    cursor: read('cursor'),
    sort: read('sort'),
    dir: read('dir'),
  };
}

/** The fields that are filled in, but for the place where a search goes on: what says which search it is. */
export function filledIn({ cursor: _, ...fields }: SearchFields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

/** The same of a form that was posted. */
export function fieldsOfForm(form: unknown): Record<string, string> {
  return Object.fromEntries(
    FIELD_NAMES.filter((name) => name !== 'cursor')
      .map((name) => [name, firstOf(form, name)])
      .filter(([, value]) => value !== ''),
  );
}

/** What a search asks of jobs, as what changes many goes by. */
export function toFilter(fields: Readonly<Partial<Record<FieldName, string>>>): JobFilter {
  const { type = '', key = '', error = '', path = '', value = '' } = fields;
  return {
    ...(type !== '' && { type }),
    ...(key !== '' && { key }),
    ...(error !== '' && { error }),
    ...(path !== '' && { field: { path, value } }),
  };
}

/** Says what a search is to do; `queues` are those that there are. */
export function toOrder(fields: SearchFields, queues: readonly string[]): SearchOrder {
  const { queue, state, id, ...criteria } = fields;
  const isAsked = id !== '' || state !== '' || CRITERIA.some((name) => criteria[name] !== '');
  if (!isAsked) return { kind: 'none' };
  const problems = problemsOf(fields, queues);
  if (Object.keys(problems).length > 0) return { kind: 'refused', problems };
  const known = isJobState(state) ? state : null;
  if (id !== '' || known === null) return { kind: 'find', id, queue: queue || null, state: known };
  return { kind: 'search', queue, search: { state: known, ...toCriteria(fields) } };
}

function toCriteria(fields: SearchFields): Omit<JobSearch, 'state'> {
  const { cursor } = fields;
  return { ...toFilter(fields), ...(cursor !== '' && { cursor }) };
}

function problemsOf(fields: SearchFields, queues: readonly string[]): FieldProblems {
  const { queue, state, id, path, value } = fields;
  const problems: Partial<Record<FieldName, string>> = {};
  if (queue !== '' && !queues.includes(queue)) problems.queue = `there is no queue ${queue} here`;
  if (state !== '' && !isJobState(state)) problems.state = `must be one of ${JOB_STATES.join(', ')}`;
  if (id !== '') {
    for (const name of CRITERIA) if (fields[name] !== '') problems[name] = 'cannot be combined with an id';
    return problems;
  }
  if (queue === '') problems.queue = 'choose one: only an id is looked for in all';
  if (state === '') problems.state = 'choose one: only an id is looked for in all';
  if (path === '' && value !== '') problems.path = 'is missing: where in the data is the value?';
  if (path !== '' && value === '') problems.value = 'is missing: what is there in the data?';
  return problems;
}

const FIELDS_BY_PATH: ReadonlyMap<string, FieldName> = new Map([
  ['field.path', 'path'],
  ['field.value', 'value'],
  ...FIELD_NAMES.map((name) => [name, name] as const),
]);

/** Puts what the inspector refuses to the fields at fault. */
export function toFieldProblems(problems: readonly { path: string; message: string }[]): FieldProblems {
  return Object.fromEntries(
    problems.map(({ path, message }) => [FIELDS_BY_PATH.get(path) ?? 'cursor', message]),
  );
}
