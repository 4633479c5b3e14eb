import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { isJobState, JOB_STATES, type JobSearch } from '../../inspector/inspector.ts';
import { readCursor } from './cursor-text.ts';
import { cursorInQuery, limitInQuery } from './schema-parts.ts';

/** What must be text that says something. */
const text = z.string().min(1, 'must be a text that is not empty').optional();

const ONE = `(?:${JOB_STATES.join('|')})`;
const STATES = new RegExp(`^${ONE}(?:,${ONE})*$`);

/** What narrows a list of jobs down, as it stands in a query. */
export const jobCriteria = {
  state: z
    .string()
    .regex(STATES, `must be some of ${JOB_STATES.join(', ')}, with commas between them`)
    .optional()
    .meta({
      description: 'one, or some with commas between them; default all',
      examples: ['waiting,delayed'],
    }),
  type: text.meta({ description: 'the whole name of the type' }),
  key: text.meta({ description: 'the option `key` of the job, whole' }),
  error: text.meta({ description: 'a part of the message of the newest error' }),
  field: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, 'must be names with dots between them, such as customer.address.city')
    .optional()
    .meta({ description: 'a path in the data, such as customer.address.city; together with value' }),
  value: z.string().optional().meta({ description: 'what the data have there, as a text' }),
};

/** Whether a path in the data and the value there were both given, or neither. */
export function hasFieldAndValue({ field, value }: Pick<JobQuery, 'field' | 'value'>): boolean {
  return (field === undefined) === (value === undefined);
}

/** What is said where {@link hasFieldAndValue} is not so. */
export const FIELD_AND_VALUE = { path: ['field'], error: 'field and value can only be given together' };

/** Which page of jobs is wanted. */
export const jobsQuerySchema = closedObject({
  ...jobCriteria,
  cursor: cursorInQuery,
  limit: limitInQuery,
}).refine(hasFieldAndValue, FIELD_AND_VALUE);

/** What narrows a list of jobs down, and which part of it is wanted. */
interface JobQuery extends Partial<Record<keyof typeof jobCriteria, string | undefined>> {
  cursor?: string | undefined;
  limit: number;
}

/** Makes a search of a query. */
export function toSearch({ state, type, key, error, field, value, cursor, limit }: JobQuery): JobSearch {
  return {
    ...(cursor !== undefined && { cursor: readCursor(cursor) }),
    limit,
    ...(state !== undefined && { state: state.split(',').filter(isJobState) }),
    ...(type !== undefined && { type }),
    ...(key !== undefined && { key }),
    ...(error !== undefined && { error }),
    ...(field !== undefined && value !== undefined && { field: { path: field, value } }),
  };
}
