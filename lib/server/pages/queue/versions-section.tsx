import type { VNode } from 'preact';
import type { VersionEnds } from '../../../inspector/inspector.ts';
import { When } from '../when.tsx';
import { END_COLUMNS, EndCells } from './ends-table.tsx';
import { TableSection } from './table-section.tsx';

const SHOWN = {
  id: 'versions',
  title: 'Error rate by version',
  caption: 'The last ten, over all the time that they were seen',
  columns: ['Version', ...END_COLUMNS, 'First seen', 'Last seen'],
  none: 'No worker has said its version: set APP_VERSION where workers are started.',
};

/** How the jobs of each version of the program ended, the newest first. */
export function VersionsSection({ versions, now }: { versions: readonly VersionEnds[]; now: number }): VNode {
  const rows = versions.map((one) => (
    <tr key={one.version}>
      <th scope="row">{one.version}</th>
      <EndCells ends={one} />
      <td>
        <When at={one.firstAt} now={now} />
      </td>
      <td>
        <When at={one.lastAt} now={now} />
      </td>
    </tr>
  ));
  return <TableSection {...SHOWN} rows={rows} />;
}
