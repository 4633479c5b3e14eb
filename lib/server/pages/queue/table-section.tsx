import type { ComponentChildren, VNode } from 'preact';
import { type ColumnTitle, TableHead } from '../table-head.tsx';
import { WideTable } from '../wide-table.tsx';

/** A section with a table, and what stands there where it would be empty. */
export interface TableSectionProps {
  /** Unique on the page. */
  id: string;
  title: string;
  caption?: string;
  columns: readonly ColumnTitle[];
  rows: readonly VNode[];
  /** What is said where there are no rows. */
  none: string;
  /** What stands beside the title. */
  aside?: ComponentChildren;
}

/** Shows rows under their title. */
export function TableSection({ id, title, caption, columns, rows, none, aside }: TableSectionProps): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {aside && <p class="aside">{aside}</p>}
      </header>
      {rows.length === 0 && <p>{none}</p>}
      {rows.length > 0 && (
        <WideTable label={title}>
          <table aria-labelledby={`${id}-title`}>
            {caption !== undefined && <caption>{caption}</caption>}
            <TableHead columns={columns} />
            <tbody>{rows}</tbody>
          </table>
        </WideTable>
      )}
    </section>
  );
}
