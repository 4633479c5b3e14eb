import { escapeControls } from '../log-text.ts';
import { cutTo, widthOf } from './text-width.ts';

/** A column of a table: its heading, and what stands in it of a row. */
export interface Column<Row> {
  head: string;
  cell(row: Row): string | number;
}

const GAP = '  ';
/** No column is made narrower than this to fit a screen. */
const LEAST_WIDTH = 8;

/**
 * Writes rows as a table, numbers to the right, a line for each row. With a `width` it is no wider than that: the
 * widest columns give way, and what does not fit ends in `…`. Without, nothing is cut.
 */
export function tableText<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const heads = columns.map(({ head }) => head);
  const lines = [heads, ...cells.map((row) => row.map((cell) => escapeControls(String(cell))))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ''))));
  if (width !== null) narrow(widths, width);
  const isRight = columns.map(
    (_, at) => cells.length > 0 && cells.every((row) => typeof row[at] === 'number'),
  );
  const written = lines.map((line) =>
    line
      .map((cell, at) => fitted(cell, widths[at] ?? 0, isRight[at] ?? false))
      .join(GAP)
      .trimEnd(),
  );
  return written.map((line) => `${width === null ? line : cutTo(line, width)}\n`).join('');
}

/** Writes facts below each other, their names before them. Those that are null are left out. */
export function factsText(facts: readonly (readonly [string, string | number | null])[]): string {
  const known = facts.filter(([, value]) => value !== null);
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known
    .map(([name, value]) => `${name.padEnd(width)}${GAP}${escapeControls(String(value))}\n`)
    .join('');
}

/** Takes from the widest columns what is too much. */
function narrow(widths: number[], width: number): void {
  const room = width - GAP.length * (widths.length - 1);
  for (let tooMuch = sum(widths) - room; tooMuch > 0; tooMuch--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST_WIDTH) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function fitted(cell: string, width: number, isRight: boolean): string {
  const shown = cutTo(cell, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return isRight ? space + shown : shown + space;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
