import type { Response } from 'express';
import type { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError, type FieldProblem } from '../../errors.ts';
import { firstFaults } from '../../field-checks.ts';
import type { ApiScope, KeyRights } from '../../key-rights.ts';
import { MOST_ERRORS } from '../problem.ts';

/** A request as it came, before any of it was checked. */
export interface RawRequest {
  params: unknown;
  query: unknown;
  body: unknown;
  /** Reads one header; case does not matter. */
  header(name: string): string | undefined;
  /** The name of the key that opened the API, or `api`. */
  by: string;
  /** Makes a signal that aborts when whoever asked is gone: for calls that are held. */
  gone(): AbortSignal;
  /** What that key may do; all where there are no keys. */
  rights: KeyRights;
  /** Counts further calls against the rate of the key. */
  spend(calls: number): void;
}

/** A request whose parts were found right. */
export interface ApiRequest<Params, Query, Headers, Body> {
  params: Params;
  query: Query;
  headers: Headers;
  body: Body;
  by: string;
  gone(): AbortSignal;
  rights: KeyRights;
}

/** What a call answers. */
export interface ApiAnswer {
  status: number;
  body: unknown;
  /** The path of what was added. */
  location?: string;
}

/** An answer that is sent bit by bit. Where nothing was sent yet, it may reject with what goes wrong. */
export interface LongAnswer {
  send(response: Response): Promise<void>;
}

/** What most calls answer. */
export function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}

type ObjectSchema<Value> = z.ZodObject & z.ZodType<Value>;

/** What the calls are about, as the document groups them. */
export const API_TAGS = {
  jobs: 'Adding jobs, looking at them and repairing them.',
  many: 'Repairing many jobs in one call.',
  linked: 'Jobs that are tied together: chains, batches, workflows and groups.',
  schedules: 'Looking at schedules and changing them.',
  queues: 'Looking at queues, pausing, limiting and deleting them.',
  service: 'Workers, job types, and who changed what.',
  api: 'The API itself.',
} as const;

/** One of {@link API_TAGS}. */
export type ApiTag = keyof typeof API_TAGS;

/** One call: what the document says of it, and what it does. */
export interface RouteInput<Params, Query, Headers, Body> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/v1/queues/{queue}`. */
  path: string;
  operationId: string;
  tag: ApiTag;
  /** What a key has to be good for that makes the call; not asked where the call is open. */
  scope: ApiScope;
  /**
   * Keeps to the queues of the key by itself; one that does not, and has no queue in its path, is for keys of all
   * queues alone. Default false.
   */
  narrows?: true;
  summary: string;
  /** Answers without a key, and without Redis; default false. */
  isOpen?: true;
  params?: ObjectSchema<Params>;
  query?: ObjectSchema<Query>;
  headers?: ObjectSchema<Headers>;
  body?: z.ZodType<Body>;
  /** The shape of one line when the body may also come as NDJSON. */
  line?: z.ZodType;
  /** Schemas with an id that the body refers to by that, and leaves to the call to check by. */
  names?: readonly z.ZodType[];
  /** Whether the body may be as long as that of a batch; default false. */
  takesMany?: true;
  /** Whether the answer is a page of HTML; default false. */
  isPage?: true;
  /** The shapes of the answers by status. */
  answers: Readonly<Record<number, z.ZodType>>;
  /** What the answers are; default JSON. */
  mediaType?: string;
  /** The statuses of refusals that only this call has. */
  refusals?: readonly number[];
  /** For how many calls it counts against the rate of a key; default one. */
  weigh?(body: Body): number;
  run(request: ApiRequest<Params, Query, Headers, Body>): Promise<ApiAnswer | LongAnswer>;
}

/** One call as router and document take it. */
export type ApiRoute = Omit<RouteInput<unknown, unknown, unknown, unknown>, 'run' | 'weigh'> & {
  /** Checks the request by the schemas of the route, then answers. Throws JOB_INVALID naming each wrong field. */
  answer(raw: RawRequest): Promise<ApiAnswer | LongAnswer>;
};

/** A name in the query that nobody reads was meant for something. */
const NO_QUERY: z.ZodObject = closedObject({});

/** Makes a call from schemas and a function that gets what they let through, typed. */
export function route<Params, Query, Headers, Body>(
  input: RouteInput<Params, Query, Headers, Body>,
): ApiRoute {
  const { run, weigh = () => 1, ...described } = input;
  // Without a schema nothing names the type of the query, so it is unknown, and {} is one.
  const { params, query = NO_QUERY as ObjectSchema<Query>, headers, body } = described;
  const answer = async (raw: RawRequest): Promise<ApiAnswer | LongAnswer> => {
    const { by, rights, gone } = raw;
    const request = {
      params: check(params, raw.params),
      query: check(query, raw.query),
      headers: check(headers, pickHeaders(headers, raw)),
      body: check(body, raw.body),
    };
    raw.spend(weigh(request.body) - 1);
    return run({ ...request, by, rights, gone });
  };
  return { ...described, answer };
}

/** Parses a value from outside; throws JOB_INVALID naming wrong fields, up to `mostErrors` (default 100). */
export function parse<Value>(schema: z.ZodType<Value>, value: unknown, mostErrors = MOST_ERRORS): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const total = issues.reduce(
    (sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 1),
    0,
  );
  // Only these are written out: there may be one for every few bytes that came.
  const some = issues.slice(0, mostErrors).flatMap(toFieldProblems);
  const problems = firstFaults(some, mostErrors, { total });
  const [first] = problems;
  const where = first?.path ? `${first.path}: ` : '';
  throw new ApiaryError('JOB_INVALID', `the request is not valid: ${where}${first?.message ?? 'refused'}`, {
    problems,
  });
}

function check<Value>(schema: z.ZodType<Value> | undefined, value: unknown): Value {
  // Without a schema nothing names the type, so it is unknown, and any value is one.
  return schema === undefined ? (undefined as Value) : parse(schema, value);
}

function pickHeaders(schema: z.ZodObject | undefined, raw: RawRequest): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(schema?.shape ?? {}).map((name) => [name, raw.header(name)]));
}

function toFieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const pathTo = (...key: string[]): string => [...issue.path, ...key].map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path: pathTo(), message: issue.message }];
  const lines = issue.message.split('\n');
  return issue.keys
    .slice(0, MOST_ERRORS)
    .map((key, at) => ({ path: pathTo(key), message: lines[at] ?? issue.message }));
}
