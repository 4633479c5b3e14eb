import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Screen, Watcher } from './top/screen.ts';

/** Where a command is run: what it reads, where it writes, and who is there. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** The folder it runs in. */
  readonly folder: string;
  readonly stdin: Readable;
  /** How wide the screen is that standard output goes to, in columns; null when it goes elsewhere. */
  readonly columns: number | null;
  /** Whether somebody sees standard error, and what is written over there. */
  readonly isWatched: boolean;
  /** Writes to standard output; resolves when there is room for more. */
  out(text: string): Promise<void>;
  /** Writes to standard error. */
  err(text: string): void;
  /** From now on, the process ends when nobody reads its output any more, as behind `| head`. */
  endWhenUnread(): void;
  /** Ends the process, once what was written is out. */
  end(exitCode: number): void;
  /** Whether somebody sits there whose keys can be heard and whose screen can be drawn on. */
  readonly hasScreen: boolean;
  /** Takes the whole screen and the keys, until the screen is closed. */
  openScreen(watcher: Watcher): Promise<Screen>;
  /** Asks whoever sits there, and resolves with the answer; null when nobody does. */
  ask(question: string): Promise<string | null>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    env: process.env,
    folder: process.cwd(),
    stdin,
    columns: stdout.isTTY ? stdout.columns : null,
    isWatched: stderr.isTTY,
    out: print,
    err: (text) => void stderr.write(text),
    endWhenUnread: () => void stdout.once('error', endUnread),
    end: (exitCode) => {
      stdout.write('', () => process.exit(exitCode));
    },
    hasScreen: stdin.isTTY && stdout.isTTY && process.env['TERM'] !== 'dumb',
    openScreen: async (watcher) => {
      // What draws is loaded by those alone who have something drawn.
      const { openScreen } = await import('./top/screen.ts');
      return openScreen(watcher);
    },
    ask,
  };
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}

function endUnread({ code, message }: NodeJS.ErrnoException): never {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(`apiary: cannot write: ${message}\n`);
  process.exit(1);
}

async function ask(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  if (!stderr.isTTY) return null;
  // Standard input may be a list of ids; whoever sits there has the terminal all the same.
  const source = stdin.isTTY ? stdin : createReadStream('/dev/tty');
  stderr.write(question);
  return firstLine(source);
}

/** The first line that comes; null when none does, or the source cannot be read. */
async function firstLine(source: Readable): Promise<string | null> {
  const lines = createInterface({ input: source });
  try {
    return await new Promise((resolve) => {
      source.once('error', () => resolve(null));
      lines.once('line', resolve);
      lines.once('close', () => resolve(null));
    });
  } finally {
    lines.close();
    source.destroy();
  }
}
