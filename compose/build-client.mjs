// Builds the package apiary-jobs-client into the folder given, or into dist-client/, ready to be packed; a second folder is
// as for build.mjs.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { declare } from './declare.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'dist-client'));
const DIST = join(OUT, 'dist');
/** The only module of it, and what it is called in the package. */
const ENTRY = 'client';
const CRONER = dirname(createRequire(import.meta.url).resolve('croner'));

rmSync(OUT, { recursive: true, force: true });
declare([ENTRY], DIST, { standardSchema: true, compiled: process.argv[3] });
await bundle([ENTRY], DIST);
// Of croner it needs one file, and only where schedules are put: not worth a dependency of all who add jobs.
cpSync(join(CRONER, 'croner.cjs'), join(DIST, 'croner.cjs'));
cpSync(join(CRONER, '../LICENSE'), join(DIST, 'croner.LICENSE'));
cpSync(join(ROOT, 'compose/client/README.md'), join(OUT, 'README.md'));
cpSync(join(ROOT, 'LICENSE'), join(OUT, 'LICENSE'));
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

/** What it has in common with the package itself is said there. */
function manifest() {
  const own = JSON.parse(readFileSync(join(ROOT, 'compose/client/package.json'), 'utf8'));
  const { version, license, engines, dependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const { ioredis } = dependencies;
  return { ...own, version, license, engines, dependencies: { ioredis } };
}
