import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Of the project, or of its compiled copy; this module may be bundled into a program, which lies elsewhere in it. */
const ROOT = folderWithPackage(dirname(fileURLToPath(import.meta.url)));
/** Whether this runs where spec/compile.mjs has compiled the project to; else programs run from source. */
const IS_COMPILED = import.meta.url.endsWith('.js');
// Absolute, because a process may run in another folder.
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** What lets Node run TypeScript that is not of this project: a handler that a spec writes, for example. */
export const RUNS_TYPESCRIPT: readonly string[] = ['--import', TSX];

/** What lets Node import modules of this project by their {@link moduleUrl}. */
export const IMPORTS_PROJECT: readonly string[] = IS_COMPILED ? [] : RUNS_TYPESCRIPT;

/** The arguments with which Node runs a TypeScript file of this project, given by its path from the project's folder. */
export function programArgs(path: string): string[] {
  return [...IMPORTS_PROJECT, fileURLToPath(moduleUrl(path))];
}

/**
 * What another program imports a module of this project by; a handler shares it with what loads the handler. Where the
 * project is compiled, that of an entry of the package and of a program is the bundled one.
 */
export function moduleUrl(path: string): string {
  if (!IS_COMPILED) return pathToFileURL(join(ROOT, path)).href;
  const compiled = path.replace(/\.ts$/, '.js');
  const name = compiled.startsWith('lib/') ? compiled.slice('lib/'.length) : basename(compiled);
  const bundled = join(ROOT, 'dist', name);
  return pathToFileURL(existsSync(bundled) ? bundled : join(ROOT, compiled)).href;
}

function folderWithPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderWithPackage(dirname(folder));
}
