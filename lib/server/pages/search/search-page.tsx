import type { Request } from 'express';
import { ApiaryError } from '../../../errors.ts';
import type { Inspector, JobSearchResult } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import type { QueueNames } from '../../queue-names.ts';
import { jobAddress, RUNS_ADDRESS, searchAddress } from '../addresses.ts';
import { beside } from '../beside.ts';
import type { Page } from '../layout.tsx';
import { canChangeIn, seesAll, type Visit } from '../visit.ts';
import { type Found, FoundSection } from './found-section.tsx';
import { SavedSection } from './saved-section.tsx';
import {
  type FieldProblems,
  filledIn,
  readFields,
  type SearchFields,
  type SearchOrder,
  toFieldProblems,
  toOrder,
} from './search-fields.ts';
import { SearchForm } from './search-form.tsx';

/** What the search works with. */
export interface SearchPageDeps {
  inspector: Inspector;
  queues: QueueNames;
}

/** So many jobs are looked at for one page, which then leads on: the next may take as long. */
const MOST_LOOKED_AT = 5_000;

/** What came of a search: what was found, or why nothing was searched. */
type Answer = { found: Found | null; problems: FieldProblems };

/** Makes the page on which jobs are searched for: a form, and what was found by what is filled in. */
export function searchPage(deps: SearchPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const fields = readFields(req);
    const saving = beside(deps.inspector.savedSearches.list(), []);
    const [queues, saved] = await Promise.all([deps.queues(), saving]);
    const { found, problems } = await answerTo(deps.inspector, toOrder(fields, queues), fields);
    const body = (
      <>
        <h1>Search</h1>
        <p>
          What was found can be changed; <a href={RUNS_ADDRESS}>runs that do so</a> are kept for a week.
        </p>
        <SearchForm fields={fields} queues={queues} problems={problems} />
        {found && <FoundSection found={found} fields={fields} canChange={canChangeFound(visit, found)} />}
        <SavedSection
          saved={saved}
          fields={fields}
          visit={visit}
          seesAll={(queue) => seesAll(req, [queue])}
        />
      </>
    );
    const status = Object.keys(problems).length > 0 ? 422 : 200;
    return { title: 'Search', section: 'search', body, status };
  };
}

function canChangeFound(visit: Visit, { jobs }: Found): boolean {
  return visit.canChange && jobs.every(({ queue }) => canChangeIn(visit, queue));
}

async function answerTo(inspector: Inspector, order: SearchOrder, fields: SearchFields): Promise<Answer> {
  switch (order.kind) {
    case 'none':
      return { found: null, problems: {} };
    case 'refused':
      return { found: null, problems: order.problems };
    case 'find':
      return { found: await find(inspector, order), problems: {} };
    case 'search':
      try {
        return { found: await search(inspector, order, fields), problems: {} };
      } catch (error) {
        if (!(error instanceof ApiaryError) || error.code !== 'JOB_INVALID') throw error;
        return { found: null, problems: toFieldProblems(error.problems) };
      }
    default:
      return order satisfies never;
  }
}

async function find(inspector: Inspector, order: SearchOrder & { kind: 'find' }): Promise<Found> {
  const { id, queue, state } = order;
  const all = await inspector.find(id);
  const inQueue = all.filter((job) => queue === null || job.queue === queue);
  const jobs = inQueue.filter((job) => state === null || job.state === state);
  const where = queue === null ? 'all queues' : `queue ${queue}`;
  const covered = `Looked for the id in ${where}: found ${countText(jobs.length, 'job')}.`;
  const whyNone = queue !== null && inQueue.length === 0 ? jobAddress(queue, id) : null;
  return { jobs, covered, onward: null, whyNone };
}

async function search(
  inspector: Inspector,
  { queue, search: wanted }: SearchOrder & { kind: 'search' },
  fields: SearchFields,
): Promise<Found> {
  const result = await inspector.search(queue, { ...wanted, most: MOST_LOOKED_AT });
  const { jobs, cursor } = result;
  const covered = `${coveredText(result, fields)}${closedText(result)}`;
  const onward = cursor === null ? null : searchAddress({ ...filledIn(fields), cursor });
  return { jobs, covered, onward, whyNone: null };
}

/** For example: Looked at the newest 10,000 of 1,203,331 succeeded jobs: found 3 jobs. */
function coveredText({ jobs, scanned, total, cursor }: JobSearchResult, fields: SearchFields): string {
  const found = `found ${countText(jobs.length, 'job')}`;
  const some = numberText(scanned);
  // Jobs may have come or gone since they were counted.
  const all = numberText(Math.max(scanned, total));
  const { state, queue } = fields;
  if (fields.cursor !== '')
    return `Looked at ${some} more of ${all} ${state} jobs of queue ${queue}: ${found}.`;
  if (cursor === null) return `Looked at all ${some} ${state} jobs of queue ${queue}: ${found}.`;
  // Where there are limits, waiting jobs stand in lines: then the newest of all are not the first that are looked at.
  const which = state === 'waiting' ? some : `the newest ${some}`;
  return `Looked at ${which} of ${all} ${state} jobs of queue ${queue}: ${found}.`;
}

function closedText({ closed }: JobSearchResult): string {
  if (closed === 0) return '';
  const some = `${countText(closed, 'job')} ${closed === 1 ? 'is' : 'are'} encrypted`;
  return ` Of those, ${some} and could not be looked into.`;
}
