import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Whether this runs where spec/compile.mjs has compiled the project to; else programs run from source. */
const IS_COMPILED = import.meta.url.endsWith('.js');
// Absolute, because a process may run in another folder.
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** What lets Node run TypeScript that is not of this project: a program given as text, for example. */
export const RUNS_TYPESCRIPT: readonly string[] = ['--import', TSX];

/** The arguments with which Node runs a TypeScript file of this project, given by its path from the project's folder. */
export function programArgs(path: string): string[] {
  return IS_COMPILED ? [compiled(path)] : [...RUNS_TYPESCRIPT, join(ROOT, path)];
}

/** What a handler imports a module of this project by, to share it with the program that loads the handler. */
export function moduleUrl(path: string): string {
  return pathToFileURL(IS_COMPILED ? compiled(path) : join(ROOT, path)).href;
}

function compiled(path: string): string {
  return join(ROOT, path.replace(/\.ts$/, '.js'));
}
