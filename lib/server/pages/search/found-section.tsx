import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { CONFIRM_ADDRESS, exportAddress, jobAddress } from '../addresses.ts';
import { JobMark } from '../job-mark.tsx';
import { ShortId } from '../short-id.tsx';
import { Moment } from '../when.tsx';
import { ChangeFields } from './change-fields.tsx';
import { filledIn, type SearchFields } from './search-fields.ts';
import { SortedHead, sorted } from './sorting.tsx';

/** What a search came to. */
export interface Found {
  jobs: readonly JobInfo[];
  /** A sentence that says what was looked at. */
  covered: string;
  /** Where the search goes on; null at its end. */
  onward: string | null;
  /** The page that says why there is no job of the id; null where that cannot be told. */
  whyNone: string | null;
}

/** What is shown of what was found. */
export interface FoundSectionProps {
  found: Found;
  fields: SearchFields;
  canChange: boolean;
}

const MOST_ERROR_TEXT = 200;

/** The jobs that were found, what was covered to find them, what can be done to them, and where to go on. */
export function FoundSection({ found, fields, canChange }: FoundSectionProps): VNode {
  const { jobs, covered, onward, whyNone } = found;
  return (
    <section aria-labelledby="found-title">
      <FoundHead fields={fields} />
      <p id="covered">{covered}</p>
      {jobs.length > 0 && canChange && <ChangeForm jobs={jobs} fields={fields} />}
      {jobs.length > 0 && !canChange && <FoundTable jobs={jobs} fields={fields} canChoose={false} />}
      {whyNone !== null && (
        <p>
          <a href={whyNone}>Why there is none</a>
        </p>
      )}
      {onward !== null && (
        <p>
          <a id="onward" href={onward}>
            Look at the ones before these
          </a>
        </p>
      )}
    </section>
  );
}

function FoundHead({ fields }: { fields: SearchFields }): VNode {
  return (
    <header>
      <h2 id="found-title">Found</h2>
      <p class="aside">
        <a id="export" href={exportAddress(filledIn(fields))} download="jobs.ndjson">
          Export all as NDJSON
        </a>
      </p>
    </header>
  );
}

function ChangeForm({ jobs, fields }: { jobs: readonly JobInfo[]; fields: SearchFields }): VNode {
  return (
    <form id="change" method="post" action={CONFIRM_ADDRESS}>
      <ChangeFields fields={fields} />
      <FoundTable jobs={jobs} fields={fields} canChoose />
    </form>
  );
}

interface FoundTableProps {
  jobs: readonly JobInfo[];
  fields: SearchFields;
  /** Whether each row can be chosen. */
  canChoose: boolean;
}

function FoundTable({ jobs, fields, canChoose }: FoundTableProps): VNode {
  const isSorted = fields.sort !== '';
  return (
    <div class="scroller">
      <table id="found">
        <caption>The jobs that were found{isSorted && ', these sorted among themselves'}</caption>
        <SortedHead fields={fields} canChoose={canChoose} />
        <tbody>
          {sorted(jobs, fields).map((job) => (
            <FoundRow key={`${job.queue} ${job.id}`} job={job} canChoose={canChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FoundRow({ job, canChoose }: { job: JobInfo; canChoose: boolean }): VNode {
  const { id, queue, type, options, createdAt, errors } = job;
  return (
    <tr>
      {canChoose && <Choice queue={queue} id={id} />}
      <th scope="row">
        <a class="id" href={jobAddress(queue, id)}>
          <ShortId id={id} />
        </a>
      </th>
      <td>{queue}</td>
      <td>
        <JobMark job={job} />
      </td>
      <td>{type}</td>
      <td>{options.key}</td>
      <td>
        <Moment at={createdAt} />
      </td>
      <td>{cut(errors[0]?.message ?? '')}</td>
    </tr>
  );
}

function Choice({ queue, id }: { queue: string; id: string }): VNode {
  const label = `Choose job ${id} of queue ${queue}`;
  return (
    <td class="choice">
      <input type="checkbox" name="job" value={JSON.stringify([queue, id])} aria-label={label} />
    </td>
  );
}

function cut(text: string): string {
  return text.length > MOST_ERROR_TEXT ? `${text.slice(0, MOST_ERROR_TEXT)}…` : text;
}
