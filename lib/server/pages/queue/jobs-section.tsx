import type { VNode } from 'preact';
import { failureOfJob, type JobInfo, type SlowestJob } from '../../../inspector/inspector.ts';
import { measuredText } from '../../../texts.ts';
import { failureAddress, jobAddress } from '../addresses.ts';
import { JobMark } from '../job-mark.tsx';
import { When } from '../when.tsx';
import { TableSection } from './table-section.tsx';

/** Those that ran longest. Some of them may be gone. */
export function SlowestSection(props: { queue: string; slowest: readonly SlowestJob[]; now: number }): VNode {
  const { queue, slowest, now } = props;
  const rows = slowest.map(({ id, durationMs, endedAt }) => (
    <tr key={`${id} ${endedAt}`}>
      <IdCell queue={queue} id={id} />
      <td class="number">{measuredText(durationMs)}</td>
      <td>
        <When at={endedAt} now={now} />
      </td>
    </tr>
  ));
  const columns = ['Job', { number: 'Ran' }, 'Ended'];
  const shown = { id: 'slowest', title: 'Slowest jobs', none: 'None has ended in this time.' };
  return <TableSection {...shown} columns={columns} rows={rows} />;
}

/** What the section of the newest jobs shows. */
export interface NewestSectionProps {
  queue: string;
  newest: readonly JobInfo[];
  /** The address of the search for all of them. */
  search: string;
  now: number;
}

/** Those that were added last. */
export function NewestSection({ queue, newest, search, now }: NewestSectionProps): VNode {
  const rows = newest.map((job) => <NewestRow key={job.id} queue={queue} job={job} now={now} />);
  const shown = {
    ...{ id: 'newest', title: 'Newest jobs', none: 'None is among the newest that were looked at.' },
    columns: ['Job', 'State', 'Type', 'Key', 'Added'],
    aside: <a href={search}>Search all of them</a>,
  };
  return <TableSection {...shown} rows={rows} />;
}

function NewestRow({ queue, job, now }: { queue: string; job: JobInfo; now: number }): VNode {
  const fingerprint = failureOfJob(job);
  return (
    <tr>
      <IdCell queue={queue} id={job.id} />
      <td>
        <JobMark job={job} />
        {fingerprint !== null && (
          <>
            {' '}
            <a href={failureAddress(queue, fingerprint)}>
              others<span class="unseen"> that failed as job {job.id}</span>
            </a>
          </>
        )}
      </td>
      <td>{job.type}</td>
      <td>{job.options.key}</td>
      <td>
        <When at={job.createdAt} now={now} />
      </td>
    </tr>
  );
}

function IdCell({ queue, id }: { queue: string; id: string }): VNode {
  return (
    <th scope="row">
      <a class="id" href={jobAddress(queue, id)}>
        {id}
      </a>
    </th>
  );
}
