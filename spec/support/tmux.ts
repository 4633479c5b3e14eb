import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './wait.ts';

const run = promisify(execFile);
const STEP_LIMIT_MS = 60_000;
/** With the number of the command, so that a new prompt is told from the one before. */
const PROMPT = 'ready \\#> ';
const PROMPTED = /(?:^|\n)ready (\d+)>\s*$/;

/** A terminal with a shell in it, whose keys a spec presses and whose screen it reads. */
export interface SpecTerminal {
  /** Presses keys by the names that tmux has for them: `Enter`, `C-c`, `Down`; behind `-H`, bytes in hexadecimal. */
  press(...keys: string[]): Promise<void>;
  /** Types a text to the letter. */
  type(text: string): Promise<void>;
  /** What is on the screen, line by line. */
  lines(): Promise<string[]>;
  /** Waits until this is on the screen, and resolves with all of it. */
  shows(pattern: RegExp): Promise<string>;
  /** Runs a command in the shell, and resolves with the screen when it has ended. */
  command(line: string): Promise<string>;
  /** Waits until the shell asks for the next command, which it did not before. */
  prompts(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether the cursor is seen, and whether a program has a screen of its own. */
  mode(): Promise<{ isCursorSeen: boolean; isAlternate: boolean }>;
  /** The process that the shell runs. */
  child(): Promise<number>;
  /** Ends it, with all that runs there. */
  close(): Promise<void>;
}

/** Whether tmux is there; says so on the console where it is not. */
export async function hasTmux(): Promise<boolean> {
  try {
    await run('tmux', ['-V']);
    return true;
  } catch {
    console.log('    no tmux on PATH: install it to run these specs');
    return false;
  }
}

/** Opens a terminal of this size, with a shell that has these variables and no others beside PATH and HOME. */
export async function openTerminal(
  { columns, rows }: { columns: number; rows: number },
  env: Readonly<Record<string, string>>,
): Promise<SpecTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-spec-tmux-'));
  const socket = join(folder, 'socket');
  const { PATH = '', HOME = '' } = process.env;
  const own = { PATH, HOME, LANG: 'C.UTF-8', ...env };
  const tmux = async (...args: string[]): Promise<string> =>
    (await run('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...args], { env: own })).stdout;
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', ...size, `env -u TMUX PS1='${PROMPT}' bash --norc --noprofile`);
  const screen = (): Promise<string> => tmux('capture-pane', '-p');
  const mode = async () => {
    const shown = await tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}');
    return { isCursorSeen: shown.startsWith('1'), isAlternate: shown.trim().endsWith('1') };
  };
  const shows = async (pattern: RegExp): Promise<string> => {
    let last = '';
    const isShown = async (): Promise<boolean> => {
      last = await screen();
      return pattern.test(last);
    };
    await until(isShown, `the screen shows ${pattern}`, STEP_LIMIT_MS).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${last}`);
    });
    return last;
  };
  let seen = 0;
  const prompts = async (): Promise<string> => {
    let last = '';
    const isNew = async (): Promise<boolean> => {
      last = await screen();
      const number = Number(PROMPTED.exec(last)?.[1] ?? 0);
      if (number <= seen) return false;
      seen = number;
      return true;
    };
    await until(isNew, 'the shell asks for a command', STEP_LIMIT_MS).catch((error: Error) => {
      throw new Error(`${error.message}; the screen shows:\n${last}`);
    });
    return last;
  };
  const press = async (...keys: string[]): Promise<void> => void (await tmux('send-keys', ...keys));
  const type = async (text: string): Promise<void> => void (await tmux('send-keys', '-l', text));
  const close = async (): Promise<void> => {
    await tmux('kill-server').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  await prompts().catch((error: unknown) => close().then(() => Promise.reject(error)));
  return {
    close,
    press,
    type,
    shows,
    prompts,
    mode,
    lines: async () => (await screen()).replace(/\n$/, '').split('\n'),
    command: async (line) => {
      await type(`clear; ${line}`);
      await press('Enter');
      return prompts();
    },
    resize: async (width, height) =>
      void (await tmux('resize-window', '-x', String(width), '-y', String(height))),
    child: async () => {
      const shell = (await tmux('display-message', '-p', '#{pane_pid}')).trim();
      return Number((await run('pgrep', ['-P', shell])).stdout);
    },
  };
}
