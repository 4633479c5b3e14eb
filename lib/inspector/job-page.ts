import { checkOptions, flagOption, optionThat, textOption, wholeOption } from '../check-options.ts';
import { JOB_STATES, type JobState } from '../engine/keys.ts';
import type { Queries } from '../engine/queries/queries.ts';
import { type JobInfo, toJobInfo } from './job-info.ts';
import { MOST_PER_PAGE, readStart } from './page-start.ts';

/** A page of jobs, and the cursor of the next one; null at the end. */
export interface JobPage {
  jobs: JobInfo[];
  cursor: string | null;
}

/** Which page of jobs is wanted. */
export interface JobPageQuery {
  state: JobState;
  /** As a page gave it; default the first page. */
  cursor?: string | null;
  /** 1 to 1,000; default 100. */
  limit?: number;
  /** Default true. */
  newestFirst?: boolean;
}

const QUERY = {
  state: optionThat(`must be one of ${JOB_STATES.join(', ')}`, (value) =>
    JOB_STATES.some((one) => one === value),
  ),
  cursor: textOption.nullish(),
  limit: wholeOption(1, MOST_PER_PAGE).optional(),
  newestFirst: flagOption.optional(),
} satisfies Record<keyof JobPageQuery, unknown>;

/** Throws JOB_INVALID for what cannot be asked. */
export function checkPageQuery(query: JobPageQuery): void {
  checkOptions('inspector.jobs', QUERY, query, 'JOB_INVALID');
}

/** Reads a page of the jobs in one state of a queue. Throws JOB_INVALID for what cannot be asked. */
export async function readJobPage(
  { queue, queries }: { queue: string; queries: Queries },
  query: JobPageQuery,
): Promise<JobPage> {
  checkPageQuery(query);
  const { state, cursor = null, limit = 100, newestFirst = true } = query;
  const start = readStart(cursor);
  const jobs = await queries.page(state, start, limit, newestFirst);
  const total = (await queries.counts())[state];
  return {
    jobs: jobs.map((job) => toJobInfo(queue, job)),
    cursor: start + limit < total ? String(start + limit) : null,
  };
}
