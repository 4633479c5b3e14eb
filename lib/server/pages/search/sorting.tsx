import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { searchAddress } from '../addresses.ts';
import { filledIn, type SearchFields } from './search-fields.ts';

/** By what a column sorts what was found, in the order of the columns. */
const COLUMNS = {
  id: { title: 'Id', of: (job) => job.id },
  queue: { title: 'Queue', of: (job) => job.queue },
  state: { title: 'State', of: (job) => job.outcome ?? job.state },
  type: { title: 'Type', of: (job) => job.type },
  key: { title: 'Key', of: (job) => job.options.key ?? '' },
  added: { title: 'Added', of: (job) => job.createdAt },
  error: { title: 'Newest error', of: (job) => job.errors[0]?.message ?? '' },
} as const satisfies Record<string, { title: string; of: (job: JobInfo) => string | number }>;

/** Puts what was found into the order that is asked for; into that in which it was found where none is. */
export function sorted(jobs: readonly JobInfo[], { sort, dir }: SearchFields): readonly JobInfo[] {
  const column = Object.entries(COLUMNS).find(([name]) => name === sort)?.[1];
  if (column === undefined) return jobs;
  const sign = dir === 'down' ? -1 : 1;
  return [...jobs].sort((one, other) => sign * compare(column.of(one), column.of(other)));
}

function compare(one: string | number, other: string | number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** The head of the table of what was found: each column leads to the same, sorted by it. */
export function SortedHead({ fields, canChoose }: { fields: SearchFields; canChoose: boolean }): VNode {
  return (
    <thead>
      <tr>
        {canChoose && (
          <th scope="col">
            <span class="unseen">Choose</span>
          </th>
        )}
        {Object.entries(COLUMNS).map(([name, { title }]) => (
          <SortedColumn key={name} fields={fields} name={name} title={title} />
        ))}
      </tr>
    </thead>
  );
}

function SortedColumn({ fields, name, title }: { fields: SearchFields; name: string; title: string }): VNode {
  const isSorted = fields.sort === name;
  const isDown = isSorted && fields.dir === 'down';
  const { cursor } = fields;
  const query = {
    ...filledIn(fields),
    ...(cursor !== '' && { cursor }),
    sort: name,
    dir: isSorted && !isDown ? 'down' : 'up',
  };
  return (
    <th scope="col" aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}>
      <a href={searchAddress(query)}>
        {title}
        {isSorted && <span aria-hidden="true">{isDown ? ' ↓' : ' ↑'}</span>}
      </a>
    </th>
  );
}
