import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What has TypeScript in it: copied, and compiled. */
const SOURCES = ['lib', 'spec'];
/** What is made from the sources, or by running them. */
const MADE = ['dist', 'dist-client', 'coverage', '.data'];

/**
 * Makes a copy of the checkout in a folder of its own, with JavaScript beside each file of TypeScript: specs, and the
 * processes that they start, run from there in half the time that they need from source. Types are not checked here,
 * `npm run lint` does that. Returns the folder, which the caller removes.
 */
export function compileCheckout() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'apiary-spec-build-'));
  for (const entry of readdirSync(ROOT, { withFileTypes: true })) {
    const [from, to] = [join(ROOT, entry.name), join(folder, entry.name)];
    if (MADE.includes(entry.name)) continue;
    if (entry.isFile() || SOURCES.includes(entry.name)) cpSync(from, to, { recursive: true });
    else symlinkSync(from, to);
  }
  const project = join(ROOT, 'spec');
  const args = [programOf('typescript', 'bin/tsc'), '-p', project, '--noEmit', 'false', '--noCheck'];
  const { status } = spawnSync(process.execPath, [...args, '--outDir', folder], { stdio: 'inherit' });
  if (status === 0) return folder;
  rmSync(folder, { recursive: true, force: true });
  process.exit(status ?? 1);
}

/** The path of a program that a package brings. */
export function programOf(name, path) {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
}
