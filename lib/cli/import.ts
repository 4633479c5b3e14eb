import { numberText } from '../texts.ts';
import { changed } from './change.ts';
import { type Call, type Connection, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import type { ImportedLine } from './import-line.ts';
import { openLines, readLines, STANDARD_INPUT } from './import-lines.ts';
import { type Imported, importedText, storeAll, storeIn, storeNothing } from './import-store.ts';
import { show } from './show.ts';
import { one, text } from './values.ts';

/** `apiary import`: stores what an export has printed; what is there already is left alone. */
export const importCommand = defineCommand({
  takes: { file: one('what an export has printed, or - for standard input') },
  options: {
    queue: text('queue', 'store all of it in this queue, instead of in those that it is from'),
  },
  run: (call, { file, queue }) => importFile(call, file, queue),
});

async function importFile(call: Call, file: string, into: string | undefined): Promise<ExitCode> {
  const connection = await call.open();
  const lines = await openLines(call, file);
  const isPiped = file === STANDARD_INPUT;
  await requireYes(call, `import all of ${isPiped ? 'standard input' : file}`, isPiped);
  const told = { unreadable: 0 };
  const result = await imported(call, connection, readLines(call, lines, told), into);
  const wrong = told.unreadable > 0 ? `; ${numberText(told.unreadable)} lines are no jobs` : '';
  await show(call, { ...result, ...told }, () => `${importedText(call, result)}${wrong}\n`);
  return told.unreadable > 0 ? EXIT.partly : EXIT.done;
}

/** Stores all, or with `--dry-run` only looks; what is changed is noted. */
function imported(
  call: Call,
  connection: Connection,
  lines: AsyncIterable<ImportedLine>,
  into: string | undefined,
): Promise<Imported> {
  if (call.shared.dryRun) return storeAll(call, lines, storeNothing);
  const change = { action: 'import', queue: into ?? null, id: null } as const;
  const work = () => storeAll(call, lines, storeIn(call, connection, into));
  const tell = ({ stored, read }: Imported): string => `${stored} of ${read} jobs imported`;
  return changed(call, connection.inspector, change, work, tell);
}

/** How many there are is known only when all are read, so that is what has to be agreed to. */
async function requireYes({ terminal, shared }: Call, what: string, isPiped: boolean): Promise<void> {
  if (shared.yes || shared.dryRun) return;
  const answer = isPiped ? null : await terminal.ask(`${what}? [y/N] `);
  if (answer === null) {
    throw new CommandFailure(EXIT.wrongUse, `to ${what}, give --yes; to look first, --dry-run`);
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.partly, 'nothing was changed');
}
