import type { VNode } from 'preact';

/** What a column is called, and whether it holds numbers. */
export type ColumnTitle = string | { number: string };

/** What the head of a table says. */
export interface TableHeadProps {
  columns: readonly ColumnTitle[];
  /** Whether the rows end with buttons; default false. */
  hasButtons?: boolean;
}

/** The head of a table, its columns in order. */
export function TableHead({ columns, hasButtons = false }: TableHeadProps): VNode {
  return (
    <thead>
      <tr>
        {columns.map((column) =>
          typeof column === 'string' ? (
            <th scope="col">{column}</th>
          ) : (
            <th scope="col" class="number">
              {column.number}
            </th>
          ),
        )}
        {hasButtons && (
          <th scope="col" class="doings">
            <span class="unseen">Actions</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
