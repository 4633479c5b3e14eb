import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { queueKeys } from '../engine/keys.ts';
import { restoreJobs } from '../engine/transfer/restore-jobs.ts';
import { coerceError } from '../errors.ts';
import { numberText } from '../texts.ts';
import { changed } from './change.ts';
import { type Call, type Connection, defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { type ImportedLine, readImportLine } from './import-line.ts';
import { openProgress } from './progress.ts';
import { sayError } from './run.ts';
import { show } from './show.ts';
import { one, text } from './values.ts';

/** What an import came to: how many jobs were read, stored, and there already; and how many lines were no job. */
interface Imported {
  read: number;
  stored: number;
  existing: number;
  unreadable: number;
}

const STANDARD_INPUT = '-';
/** So many jobs, and so many characters of them, are stored in one step. */
const MOST_AT_ONCE = 50;
const MOST_TEXT = 500_000;
const MOST_TOLD = 10;

/** `apiary import`: stores the jobs that an export has printed; what is there already is left alone. */
export const importJobs = defineCommand({
  takes: { file: one('what an export has printed, or - for standard input') },
  options: {
    queue: text('queue', 'store all of them in this queue, instead of in those that they are from'),
  },
  run: async (call, { file, queue }) => {
    const connection = await call.open();
    const lines = await openLines(call, file);
    if (call.shared.dryRun) {
      const look = await importLines(call, lines, async () => 0);
      return end(call, { ...look, existing: 0 }, 'would be stored or are there already');
    }
    if (!call.shared.yes) await requireYes(call, file);
    const store = storeIn(call, connection, queue);
    const change = { action: 'import', queue: queue ?? null, id: null } as const;
    const work = () => importLines(call, lines, store);
    const tell = ({ stored, read }: Imported): string => `${stored} of ${read} jobs imported`;
    return end(call, await changed(call, connection.inspector, change, work, tell), 'were stored');
  },
});

/** How many there are is known only when all are read, so that is what has to be agreed to. */
async function requireYes({ terminal }: Call, file: string): Promise<void> {
  const what = `import all jobs of ${file === STANDARD_INPUT ? 'standard input' : file}`;
  const answer = file === STANDARD_INPUT ? null : await terminal.ask(`${what}? [y/N] `);
  if (answer === null) {
    throw new CommandFailure(EXIT.wrongUse, `to ${what}, give --yes; to look first, --dry-run`);
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.partly, 'nothing was changed');
}

async function openLines({ terminal }: Call, file: string): Promise<AsyncIterable<string>> {
  if (file === STANDARD_INPUT) return createInterface({ input: terminal.stdin });
  const path = resolve(terminal.folder, file);
  await access(path).catch((error: unknown) => {
    throw new CommandFailure(EXIT.wrongUse, `${file} cannot be read: ${coerceError(error).message}`);
  });
  return createInterface({ input: createReadStream(path) });
}

/** Stores jobs that are of one queue; resolves with how many were new. */
type StoreSome = (queue: string, jobs: readonly ImportedLine[]) => Promise<number>;

function storeIn(call: Call, { client, prefix }: Connection, into: string | undefined): StoreSome {
  return (queue, jobs) => {
    const keys = queueKeys(prefix, into ?? queue, client.isCluster);
    return restoreJobs({ client, keys }, jobs, call.now());
  };
}

async function importLines(call: Call, lines: AsyncIterable<string>, store: StoreSome): Promise<Imported> {
  const result: Imported = { read: 0, stored: 0, existing: 0, unreadable: 0 };
  const progress = openProgress(call, 'read', null);
  for await (const jobs of stepsOf(readJobs(call, lines, result))) {
    const [first] = jobs;
    const stored = await store(first?.queue ?? '', jobs);
    result.read += jobs.length;
    result.stored += stored;
    result.existing += jobs.length - stored;
    progress.at(result.read);
  }
  progress.end();
  return result;
}

async function* readJobs(
  { terminal }: Call,
  lines: AsyncIterable<string>,
  result: Imported,
): AsyncGenerator<ImportedLine> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const job = readImportLine(line);
    if (job) yield job;
    else if (++result.unreadable <= MOST_TOLD) sayError(terminal, `line ${number} is no line of an export`);
  }
}

/** Puts jobs together that follow each other and are of one queue, as many as Redis stores in one short step. */
async function* stepsOf(jobs: AsyncIterable<ImportedLine>): AsyncGenerator<ImportedLine[]> {
  let step: ImportedLine[] = [];
  let length = 0;
  for await (const job of jobs) {
    const isFull = step.length === MOST_AT_ONCE || length > MOST_TEXT || step[0]?.queue !== job.queue;
    if (step.length > 0 && isFull) {
      yield step;
      step = [];
      length = 0;
    }
    step.push(job);
    length += job.record.length;
  }
  if (step.length > 0) yield step;
}

async function end(call: Call, result: Imported, done: string) {
  const { read, stored, existing, unreadable } = result;
  const count = call.shared.dryRun ? read : stored;
  await show(call, result, () => {
    const there = existing > 0 ? `; ${numberText(existing)} were there already` : '';
    const wrong = unreadable > 0 ? `; ${numberText(unreadable)} lines are no jobs` : '';
    return `${numberText(count)} of ${numberText(read)} jobs ${done}${there}${wrong}\n`;
  });
  return unreadable > 0 ? EXIT.partly : EXIT.done;
}
