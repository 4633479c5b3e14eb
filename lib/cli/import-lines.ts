import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { coerceError } from '../errors.ts';
import type { Call } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { type ImportedLine, readImportLine } from './import-line.ts';
import { sayError } from './run.ts';

/** As a file it stands for standard input. */
export const STANDARD_INPUT = '-';
const MOST_TOLD = 10;

/** Opens what an export has printed. Throws what ends the command where there is no such file. */
export async function openLines({ terminal }: Call, file: string): Promise<AsyncIterable<string>> {
  if (file === STANDARD_INPUT) return createInterface({ input: terminal.stdin });
  const path = resolve(terminal.folder, file);
  await access(path).catch((error: unknown) => {
    throw new CommandFailure(EXIT.wrongUse, `${file} cannot be read: ${coerceError(error).message}`);
  });
  return createInterface({ input: createReadStream(path) });
}

/** Reads line by line; says of the first few that are no lines of an export which they are, and counts all of them. */
export async function* readLines(
  { terminal }: Call,
  lines: AsyncIterable<string>,
  told: { unreadable: number },
): AsyncGenerator<ImportedLine> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const read = readImportLine(line);
    if (read) yield read;
    else if (++told.unreadable <= MOST_TOLD) sayError(terminal, `line ${number} is no line of an export`);
  }
}
