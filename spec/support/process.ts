import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { IMPORTS_PROJECT, programArgs } from './program.ts';
import { until } from './wait.ts';

/** How a process ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A Node process that a spec started. */
export interface SpecProcess {
  readonly pid: number;
  /** The lines it has printed so far. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Resolves when it has ended and its output is read. */
  readonly exit: Promise<ProcessExit>;
  /** The first line on stdout or stderr, printed already or yet to come, that matches; rejects after 60 s or when it ends without. */
  waitForLine(pattern: RegExp): Promise<string>;
  /** Sends a signal, or nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and resolves when it has ended. Harmless twice. */
  stop(): Promise<ProcessExit>;
}

/** A running `apiary start`. */
export type ApiaryProcess = SpecProcess;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINE_LIMIT_MS = 60_000;

/**
 * Runs `apiary start` with these arguments, in an environment that holds nothing but PATH, HOME and `env`,
 * in the folder `cwd` (where an embedded Redis keeps `.data/`; default the project's).
 */
export function startApiary(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Promise<ApiaryProcess> {
  return startCommand(process.execPath, [...programArgs('lib/cli.ts'), 'start', ...args], env, cwd);
}

/** Runs a TypeScript file of the project, by its path from there, likewise; resolves when the process exists. */
export function startProgram(
  path: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<SpecProcess> {
  return startCommand(process.execPath, [...programArgs(path), ...args], env, ROOT);
}

/** Runs Node with these arguments, likewise; what it runs may import modules of the project by `moduleUrl`. */
export function startNode(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Promise<SpecProcess> {
  return startCommand(process.execPath, [...IMPORTS_PROJECT, ...args], env, cwd);
}

/** Runs any command, likewise. */
export async function startCommand(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<SpecProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  createInterface(child.stdout).on('line', (line) => stdout.push(line));
  createInterface(child.stderr).on('line', (line) => stderr.push(line));
  let ended = false;
  const exit = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => {
      ended = true;
      resolve({ code, signal });
    });
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const find = (pattern: RegExp) => [...stdout, ...stderr].find((line) => pattern.test(line));
  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    exit,
    waitForLine: async (pattern) => {
      const found = () => find(pattern) !== undefined || ended;
      await until(found, `the process printed ${pattern}; it printed:\n${stderr.join('\n')}`, LINE_LIMIT_MS);
      const line = find(pattern);
      if (line !== undefined) return line;
      throw new Error(`the process ended without printing ${pattern}; it printed:\n${stderr.join('\n')}`);
    },
    kill: (signal) => void child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return exit;
    },
  };
}
