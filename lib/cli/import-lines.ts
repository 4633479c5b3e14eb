import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
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
  if (file === STANDARD_INPUT) return linesIn(terminal.stdin);
  const path = resolve(terminal.folder, file);
  await access(path).catch((error: unknown) => {
    throw new CommandFailure(EXIT.wrongUse, `${file} cannot be read: ${coerceError(error).message}`);
  });
  return linesIn(createReadStream(path));
}

/** Newer versions of Node take U+2028 and U+2029 for ends of lines too, which stand in JSON as they are. */
async function* linesIn(source: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  for await (const chunk of source) {
    const lines = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n');
    lines[0] = begun + (lines[0] ?? '');
    begun = lines.pop() ?? '';
    yield* lines;
  }
  if (begun !== '') yield begun;
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
