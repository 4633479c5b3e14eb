// Builds the package into the folder given, or into dist/: JavaScript, what it reads at run time, and declarations.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'dist'));
/** Read at run time, so they go along as they are. */
const READ_AT_RUN_TIME = ['server/arena/assets', 'server/pages/assets'];
/** The module in an `import`, an `export … from` or an `import('…')` of a declaration. */
const IMPORTED = /((?:from|import\(?)\s*['"])(\.[^'"]+?)\.(?:js|ts|tsx)(['"])/g;

rmSync(OUT, { recursive: true, force: true });
compile();
for (const folder of READ_AT_RUN_TIME) {
  const filter = (path) => !path.endsWith('.ts');
  cpSync(join(ROOT, 'lib', folder), join(OUT, folder), { recursive: true, filter });
}
inlineScripts();
declareForBoth(entries());

function compile() {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const args = [compiler, '-p', join(ROOT, 'tsconfig.json'), '--outDir', OUT, '--checkers', '1'];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Writes the texts of the Lua files into the module that reads them from source: one file in place of a hundred. */
function inlineScripts() {
  const folder = join(ROOT, 'lib/engine/scripts');
  const bodies = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.lua'))
    .map((path) => [basename(path, '.lua'), readFileSync(join(folder, path), 'utf8')]);
  const text = JSON.stringify(Object.fromEntries(bodies), null, 2);
  writeFileSync(join(OUT, 'engine/script-bodies.js'), `export const SCRIPT_BODIES = ${text};\n`);
}

/** The modules that package.json exports, as paths in the built folder without their ending. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((entry) =>
    entry.import ? [entry.import.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')] : [],
  );
}

/**
 * ESM may import the declarations of a CommonJS module, but under `node16` not the other way round. So the declarations
 * that the entries reach become CommonJS ones, and each entry of ESM exports those of its twin: both kinds of callers
 * see the same classes. The others are of no use to anybody outside and go.
 */
function declareForBoth(names) {
  const reached = new Set();
  for (const name of names) reach(join(OUT, name), reached);
  for (const path of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.d.ts')) rmSync(join(OUT, path));
  }
  for (const name of names) {
    const twin = `./${basename(name)}.cjs`;
    writeFileSync(join(OUT, `${name}.cjs`), `module.exports = require('./${basename(name)}.js');\n`);
    writeFileSync(join(OUT, `${name}.d.ts`), `export * from '${twin}';\n`);
    const declarations = join(OUT, `${name}.d.cts`);
    // The compiler finds the types of Node by itself no longer, since version 6.
    const text = `/// <reference types="node" />\n${readFileSync(declarations, 'utf8')}`;
    writeFileSync(declarations, text);
  }
}

function reach(module, reached) {
  if (reached.has(module)) return;
  reached.add(module);
  const text = readFileSync(`${module}.d.ts`, 'utf8');
  writeFileSync(`${module}.d.cts`, text.replace(IMPORTED, '$1$2.cjs$3'));
  for (const [, , imported] of text.matchAll(IMPORTED)) reach(join(dirname(module), imported), reached);
}
