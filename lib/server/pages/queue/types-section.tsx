import type { VNode } from 'preact';
import type { JobTimes, Span } from '../../../inspector/inspector.ts';
import { typeAddress } from '../addresses.ts';
import { END_COLUMNS, EndCells } from './ends-table.tsx';
import { msText } from './ms-text.ts';
import { TableSection } from './table-section.tsx';

/** The types of a queue: how their jobs ended and how long they took, those first that ended most. */
export function TypesSection({ queue, times }: { queue: string; times: JobTimes }): VNode {
  const rows = times.types.map((one) => (
    <tr key={one.type}>
      <th scope="row">
        <TypeLink queue={queue} type={one.type} span={times.span} />
      </th>
      <EndCells ends={one} />
      {TIME_COLUMNS.map(({ number, of }) => (
        <td key={number} class="number">
          {msText(of(one))}
        </td>
      ))}
    </tr>
  ));
  const none = 'No job has ended in this time, or no worker has told of it yet.';
  const columns = ['Type', ...END_COLUMNS, ...TIME_COLUMNS];
  return <TableSection id="types" title="Job types" columns={columns} rows={rows} none={none} />;
}

const TIME_COLUMNS: readonly { number: string; of: (one: JobTimes['types'][number]) => number | null }[] = [
  { number: 'Waiting p95', of: ({ waiting }) => waiting.p95Ms },
  { number: 'Run p50', of: ({ duration }) => duration.p50Ms },
  { number: 'Run p95', of: ({ duration }) => duration.p95Ms },
  { number: 'Total p95', of: ({ total }) => total.p95Ms },
];

function TypeLink({ queue, type, span }: { queue: string; type: string | null; span: Span }): VNode {
  if (type === null) return <>all other types together</>;
  return <a href={typeAddress(queue, type, span)}>{type}</a>;
}
