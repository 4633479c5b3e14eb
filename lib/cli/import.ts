import { SOURCE_NAMES } from '../carry/rules.ts';
import { numberText } from '../texts.ts';
import { changed } from './change.ts';
import { type Call, type Connection, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import {
  type GivenSource,
  openSource,
  readSource,
  readTypes,
  sourceText,
  storeCarried,
} from './import-from.ts';
import type { ImportedLine } from './import-line.ts';
import { openLines, readLines, STANDARD_INPUT } from './import-lines.ts';
import { Notes, remarksText } from './import-notes.ts';
import {
  type Imported,
  importedText,
  type StoreSome,
  storeAll,
  storeIn,
  storeNothing,
} from './import-store.ts';
import { show } from './show.ts';
import { choice, maybe, text } from './values.ts';

/** `apiary import`: stores what an export has printed, or what is in the queues of another library. */
export const importCommand = defineCommand({
  takes: {
    file: maybe('what an export has printed, - for standard input; with --from, a queue there, else all'),
  },
  options: {
    queue: text('queue', 'store all of it in this queue, instead of in those that it is from'),
    from: choice(SOURCE_NAMES, 'carry over the queues of another library'),
    fromRedis: text('url', 'the Redis of that library; else the one that is written to'),
    fromPrefix: text('text', 'what its keys begin with; else bull, of bee-queue bq'),
    types: text('json', 'which types the names of its jobs become: {"send mail":"mail.send"}'),
  },
  run: async (call, { file, queue: into, from, types: typesJson, ...place }) => {
    const types = readTypes(typesJson);
    if (from !== undefined) return carry(call, { source: from, queue: file, into, types, ...place });
    if (typesJson !== undefined || place.fromRedis !== undefined || place.fromPrefix !== undefined)
      throw new CommandFailure(EXIT.wrongUse, '--types, --from-redis and --from-prefix go with --from');
    if (file === undefined) throw new CommandFailure(EXIT.wrongUse, 'give a file, or --from');
    return importFile(call, file, into);
  },
});

async function importFile(call: Call, file: string, into: string | undefined): Promise<ExitCode> {
  const connection = await call.open();
  const lines = await openLines(call, file);
  const isPiped = file === STANDARD_INPUT;
  await requireYes(call, `import all of ${isPiped ? 'standard input' : file}`, isPiped);
  const told = { unreadable: 0 };
  const store = storeIn(call, connection, into);
  const result = await imported(call, connection, readLines(call, lines, told), { store, into });
  const wrong = told.unreadable > 0 ? `; ${numberText(told.unreadable)} lines are no jobs` : '';
  await show(call, { ...result, ...told }, () => `${importedText(call, result)}${wrong}\n`);
  return told.unreadable > 0 ? EXIT.partly : EXIT.done;
}

async function carry(call: Call, given: GivenSource): Promise<ExitCode> {
  const connection = await call.open();
  const source = await openSource(call, connection, given);
  await requireYes(call, `import ${sourceText(source)}`, false);
  const notes = new Notes();
  const { into } = given;
  const store = storeCarried(call, connection, { into, notes });
  const result = await imported(call, connection, readSource(call, source, notes), { store, into });
  const remarks = notes.told();
  const facts = { from: source.source, queues: source.queues, ...result, ...remarks };
  await show(call, facts, () => `${importedText(call, result)}\n${remarksText(remarks)}`);
  return remarks.left.some(({ isLoss }) => isLoss) ? EXIT.partly : EXIT.done;
}

/** Stores all, or with `--dry-run` only looks; what is changed is noted. */
function imported(
  call: Call,
  connection: Connection,
  lines: AsyncIterable<ImportedLine>,
  { store, into }: { store: StoreSome; into: string | undefined },
): Promise<Imported> {
  if (call.shared.dryRun) return storeAll(call, lines, storeNothing);
  const change = { action: 'import', queue: into ?? null, id: null } as const;
  const work = () => storeAll(call, lines, store);
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
