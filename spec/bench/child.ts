import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process started for the benchmark, and the first message that it sent. */
export interface Child {
  process: ChildProcess;
  message: unknown;
}

const ERROR_CHARACTERS = 2_000;

/**
 * Starts a file of this folder in a process of its own; resolves with its first message. Rejects, and ends it, when
 * none comes within the limit; rejects with what it wrote when it ends without.
 */
export function startChild(file: string, args: readonly string[], limitMs: number): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors = (errors + chunk).slice(-ERROR_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not done within ${limitMs / 1_000} s`));
    }, limitMs);
    child.once('message', (message) => {
      clearTimeout(limit);
      resolve({ process: child, message });
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`ended with ${signal ?? code}\n${errors}`));
    });
  });
}

/** Ends a process and resolves when it has ended. */
export async function endChild({ process: child }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
