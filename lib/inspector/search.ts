import { JOB_STATES, type JobState } from '../engine/keys.ts';
import type { Queries } from '../engine/queries/queries.ts';
import { type SearchDeps, searchJobs } from '../engine/queries/search.ts';
import { type DataField, isDataPath } from '../engine/record/data-field.ts';
import type { FieldProblem } from '../errors.ts';
import { type EveryField, type FieldCheck, fieldCheck, invalidFields, isWhole } from '../field-checks.ts';
import { namesOf } from '../names-of.ts';
import { unknownAmong } from '../nearest.ts';
import { requireObject } from '../require-given.ts';
import { type JobInfo, toJobInfo } from './job-info.ts';

/** What is searched for in a queue; what is not said is left open. */
export interface JobSearch {
  /** One, or some; default all of them: of the newest of each state, that comes first which was added last. */
  state?: JobState | readonly JobState[];
  /** The whole name of the type; a job without one is of the type named like its queue. */
  type?: string;
  /** The option `key` of the job, whole. */
  key?: string;
  /** A part of the message of the newest error. */
  error?: string;
  /** A value in the data of the job, by its path: `{ path: 'customer.address.city', value: 'Bern' }`. */
  field?: DataField;
  /** As a search gave it; default the newest job. */
  cursor?: string | null;
  /** How many jobs are looked at at most, 1 to 100,000; default 10,000. */
  most?: number;
  /** How many are found at most, 1 to 1,000; default 100. */
  limit?: number;
}

/** What a search found, and how much of the state it covered. */
export interface JobSearchResult {
  jobs: JobInfo[];
  /** How many jobs were looked at. */
  scanned: number;
  /** How many of them are encrypted and could not be looked into, though a field or an error was sought. */
  closed: number;
  /** How many there are in these states. */
  total: number;
  /** Goes on where this search stopped; null when it came to the oldest job. */
  cursor: string | null;
}

/** What searching works with: a queue. */
export interface JobSearchDeps extends SearchDeps {
  queries: Queries;
}

const NAMES: readonly string[] = namesOf({
  state: true,
  type: true,
  key: true,
  error: true,
  field: true,
  cursor: true,
  most: true,
  limit: true,
} satisfies EveryField<JobSearch>);
const MOST_SCANNED = 100_000;
const MOST_FOUND = 1_000;

/** Searches a queue. Throws JOB_INVALID that lists each wrong field. */
export async function searchQueue(deps: JobSearchDeps, search: JobSearch): Promise<JobSearchResult> {
  requireObject('search', 'state, type, key, error, field, cursor, most and limit', search);
  requireSearch({ ...search });
  const {
    state = JOB_STATES,
    type,
    key,
    error,
    field = null,
    cursor = null,
    most = 10_000,
    limit = 100,
  } = search;
  const filter = {
    ...(type !== undefined && { type }),
    ...(key !== undefined && { key }),
    ...(error !== undefined && { error }),
  };
  const states = statesOf(state);
  const [{ jobs, ...covered }, counts] = await Promise.all([
    searchJobs(deps, { states, filter, field, cursor, most, limit }),
    deps.queries.counts(),
  ]);
  const total = states.reduce((sum, one) => sum + counts[one], 0);
  return { jobs: jobs.map((job) => toJobInfo(deps.queue, job)), ...covered, total };
}

function requireSearch(search: Record<string, unknown>): void {
  const { state, field, cursor = null, most = 1, limit = 1 } = search;
  const problems: FieldProblem[] = Object.keys(search)
    .filter((name) => !NAMES.includes(name))
    .map((path) => ({ path, message: `is ${unknownAmong(path, NAMES)}` }));
  const check = fieldCheck(problems);
  check(
    'state',
    state === undefined || isStates(state),
    `must be one of ${JOB_STATES.join(', ')}, or a list of some`,
  );
  for (const name of ['type', 'key', 'error']) {
    check(name, search[name] === undefined || isText(search[name]), 'must be a text that is not empty');
  }
  if (field !== undefined) checkField(field, check);
  check('cursor', cursor === null || isText(cursor), 'must be one that a search of this state gave');
  check('most', isWhole(most, 1, MOST_SCANNED), `must be a whole number from 1 to ${MOST_SCANNED}`);
  check('limit', isWhole(limit, 1, MOST_FOUND), `must be a whole number from 1 to ${MOST_FOUND}`);
  if (problems.length > 0) throw invalidFields('the search is', problems);
}

/** Each once, in the order of all. */
function statesOf(state: JobState | readonly JobState[]): JobState[] {
  return JOB_STATES.filter((one) => (typeof state === 'string' ? one === state : state.includes(one)));
}

function isStates(state: unknown): boolean {
  const all: unknown[] = Array.isArray(state) ? state : [state];
  return all.length > 0 && all.every((one) => JOB_STATES.some((known) => known === one));
}

function checkField(field: unknown, check: FieldCheck): void {
  const isObject = typeof field === 'object' && field !== null;
  const { path, value, ...others }: Record<string, unknown> = isObject ? { ...field } : {};
  check('field', isObject && Object.keys(others).length === 0, 'must be an object with path and value');
  check(
    'field.path',
    isDataPath(path),
    'must be names with dots between them, such as customer.address.city',
  );
  check('field.value', typeof value === 'string', 'must be a text');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
