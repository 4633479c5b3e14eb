import { isoTime } from '../clock.ts';
import { escapeControls, escapeJsonLine } from '../log-text.ts';
import { distanceText } from '../texts.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type Column, tableText } from './table.ts';

/** How a text is written: for which screen, and with which times. */
export interface TextView {
  readonly terminal: Pick<Call['terminal'], 'columns'>;
  readonly shared: Pick<Call['shared'], 'utc'>;
  /** Epoch ms. */
  now(): number;
}

/** Prints what was found: as JSON when that is asked for, else as text. */
export async function show<Found>(
  call: Call,
  found: Found,
  toText: (found: Found) => string,
): Promise<ExitCode> {
  const { terminal, shared } = call;
  await terminal.out(shared.json ? documentText(call, found) : toText(found));
  return EXIT.done;
}

/** Says what a change of one thing would do, with `--dry-run`. */
export function showDry(call: Call, would: string): Promise<ExitCode> {
  return show(call, { matched: 1, done: 0 }, () => `${escapeControls(would)}\n`);
}

/** Writes a value as one JSON document, to be read on a screen, or on one line elsewhere. */
export function documentText({ terminal }: Call, value: unknown): string {
  const json = JSON.stringify(value, null, terminal.columns === null ? 0 : 2);
  return `${escapeJsonLine(json)}\n`;
}

/** Writes a value as a line of NDJSON. */
export function lineText(value: unknown): string {
  return `${escapeJsonLine(JSON.stringify(value))}\n`;
}

/** Writes rows as a table that fits the terminal, or says in a sentence that there are none. */
export function tableOrNone<Row>(
  { terminal }: Call,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  none: string,
): string {
  return rows.length === 0 ? `${none}\n` : tableText(columns, rows, terminal.columns);
}

/** Says how far a time is away, or with `--utc` when it is; `-` for none. */
export function when({ shared, now }: TextView, at: number | null): string {
  if (at === null) return '-';
  return shared.utc ? isoTime(at) : distanceText(at, now());
}

/** Says that there is more than was shown, where somebody reads along and nobody parses. */
export function tellMore({ terminal, shared }: Call, cursor: string | null): void {
  if (cursor !== null && !shared.json) terminal.err(`there are more: --cursor ${cursor}\n`);
}
