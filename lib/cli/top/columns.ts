import { fill } from './screen-text.ts';

/** A column of a part of the view. Unlike those of printed tables its width does not change with what stands in it. */
export interface ScreenColumn<Row> {
  head: string;
  /** In columns of the screen; or how much of what is left over it takes. */
  width: number | { share: number };
  /** On screens narrower than this it is left out; default never. */
  from?: number;
  isRight?: true;
  cell(row: Row): string;
}

/** Writes the heading of columns and a line for each row, all as wide as the screen. */
export function columnLines<Row>(
  columns: readonly ScreenColumn<Row>[],
  rows: readonly Row[],
  width: number,
): { head: string; lines: string[] } {
  const shown = columns.filter(({ from = 0 }) => width >= from);
  const widths = widthsOf(shown, width);
  const lineOf = (cell: (column: ScreenColumn<Row>) => string): string =>
    shown.map((column, at) => fill(cell(column), widths[at] ?? 0, column.isRight)).join(' ');
  return { head: lineOf(({ head }) => head), lines: rows.map((row) => lineOf(({ cell }) => cell(row))) };
}

function widthsOf<Row>(columns: readonly ScreenColumn<Row>[], width: number): number[] {
  const fixed = columns.reduce((sum, { width: own }) => sum + (typeof own === 'number' ? own : 0), 0);
  const left = Math.max(0, width - fixed - (columns.length - 1));
  const shares = columns.reduce((sum, { width: own }) => sum + (typeof own === 'number' ? 0 : own.share), 0);
  return columns.map(({ width: own }) =>
    typeof own === 'number' ? own : Math.max(1, Math.floor((left * own.share) / shares)),
  );
}
