// Builds the package into the folder given, or into dist/: JavaScript, what it reads at run time, and declarations.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { declare } from './declare.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'dist'));
/** Read at run time, so they go along as they are. */
const READ_AT_RUN_TIME = ['server/arena/assets', 'server/pages/assets'];

/** Run in threads of their own, so each is a file of its own, where it stands in lib/. */
const THREADS = ['engine/lease/lease-thread'];

const names = exported();
rmSync(OUT, { recursive: true, force: true });
declare(names, OUT);
// The two are programs: `apiary`, and what it starts to run jobs.
await bundle([...names, 'cli', 'child'], OUT);
// By themselves: what they share with the entries would else be cut out of these, into more files to be opened.
await bundle(THREADS, OUT);
for (const folder of READ_AT_RUN_TIME)
  cpSync(join(ROOT, 'lib', folder), join(OUT, folder), { recursive: true });

/** The modules that package.json exports, as paths in the built folder without their ending. */
function exported() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((entry) =>
    entry.import ? [entry.import.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')] : [],
  );
}
