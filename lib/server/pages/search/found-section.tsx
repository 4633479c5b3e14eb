import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { jobAddress } from '../addresses.ts';
import { JobMark } from '../job-mark.tsx';
import { TableHead } from '../table-head.tsx';
import { Moment } from '../when.tsx';

/** What a search found. */
export interface Found {
  jobs: readonly JobInfo[];
  /** A sentence that says what was looked at. */
  covered: string;
  /** Where the search goes on; null at its end. */
  onward: string | null;
  /** The page that says why there is no job of the id; null where that cannot be told. */
  whyNone: string | null;
}

const MOST_ERROR_TEXT = 200;

/** The jobs that were found, what was covered to find them, and where to go on. */
export function FoundSection({ found: { jobs, covered, onward, whyNone } }: { found: Found }): VNode {
  return (
    <section aria-labelledby="found-title">
      <h2 id="found-title">Found</h2>
      <p id="covered">{covered}</p>
      {jobs.length > 0 && <FoundTable jobs={jobs} />}
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

function FoundTable({ jobs }: { jobs: readonly JobInfo[] }): VNode {
  return (
    <div class="scroller">
      <table id="found">
        <caption>The jobs that were found</caption>
        <TableHead columns={['Id', 'Queue', 'State', 'Type', 'Key', 'Added', 'Newest error']} />
        <tbody>
          {jobs.map((job) => (
            <FoundRow key={`${job.queue} ${job.id}`} job={job} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FoundRow({ job }: { job: JobInfo }): VNode {
  const { id, queue, type, options, createdAt, errors } = job;
  return (
    <tr>
      <th scope="row">
        <a class="id" href={jobAddress(queue, id)}>
          {id}
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

function cut(text: string): string {
  return text.length > MOST_ERROR_TEXT ? `${text.slice(0, MOST_ERROR_TEXT)}…` : text;
}
