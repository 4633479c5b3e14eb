import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePackage } from '../compose/bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What has TypeScript in it: copied, and compiled. */
const SOURCES = ['lib', 'spec'];
/** What is made from the sources, or by running them. */
const MADE = ['dist', 'dist-client', 'coverage', '.data'];
/** Where the programs lie that specs start, and how their files are named. */
const PROGRAMS = ['spec/support', 'spec/chaos'];
const PROGRAM = /-(?:worker|producer|process)\.ts$/;

/** Makes an empty folder for a copy of the checkout; the caller removes it. */
export function makeFolder() {
  return mkdtempSync(join(realpathSync(tmpdir()), 'apiary-spec-build-'));
}

/**
 * Makes a copy of the checkout in a folder, with JavaScript beside each file of TypeScript: specs run from there
 * in half the time that they need from source. What they start lies in its dist/, bundled as in the package, with the
 * packages that it uses besides: hundreds of files are not opened there for each process. Types are not checked here,
 * `npm run lint` does that.
 */
export async function compileCheckout(folder) {
  for (const entry of readdirSync(ROOT, { withFileTypes: true })) {
    const [from, to] = [join(ROOT, entry.name), join(folder, entry.name)];
    if (MADE.includes(entry.name)) continue;
    if (entry.isFile() || SOURCES.includes(entry.name)) cpSync(from, to, { recursive: true });
    else symlinkSync(from, to);
  }
  const project = join(ROOT, 'spec');
  const args = [programOf('typescript', 'bin/tsc'), '-p', project, '--noEmit', 'false', '--noCheck'];
  const compiler = spawn(process.execPath, [...args, '--outDir', folder], { stdio: 'inherit' });
  const [[status]] = await Promise.all([
    once(compiler, 'exit'),
    bundlePackage(join(folder, 'dist'), { further: programs(), isWhole: true }),
  ]);
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  process.exit(status ?? 1);
}

/** The programs that specs start, by their names. */
function programs() {
  const files = PROGRAMS.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((file) => join(ROOT, folder, file)),
  );
  const found = files.filter((file) => PROGRAM.test(file));
  return Object.fromEntries(found.map((file) => [basename(file, '.ts'), file]));
}

/** The path of a program that a package brings. */
export function programOf(name, path) {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
}
