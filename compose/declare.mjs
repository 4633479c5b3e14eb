// Makes the declarations of a package from lib/, for ESM and CommonJS alike.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIB = join(ROOT, 'lib');
const require = createRequire(import.meta.url);
/** The module in an `import`, an `export … from` or an `import('…')` of a declaration. */
const IMPORTED = /((?:from|import\(?)\s*['"])(\.[^'"]+?)\.(?:js|ts|tsx)(['"])/g;
const STANDARD_SCHEMA = /(['"])@standard-schema\/spec\1/g;

/**
 * Writes what modules of lib/, named without their ending, need into a folder that has their JavaScript.
 *
 * ESM may import the declarations of a CommonJS module, but under `node16` not the other way round. So the declarations
 * that the modules reach are CommonJS ones, and each module of ESM exports those of its twin: both kinds of callers see
 * the same classes. With `standardSchema` the types of Standard Schema come along, so that no package need bring them.
 * `compiled` is a folder in which `compileDeclarations` has been at work already: that takes longest of a build.
 */
export function declare(names, out, { standardSchema = false, compiled } = {}) {
  const made = compiled ?? mkdtempSync(join(tmpdir(), 'apiary-declare-'));
  try {
    if (!compiled && !compileDeclarations(made)) process.exit(1);
    const reached = new Map();
    for (const name of names) reach(name, { made, reached });
    for (const [name, text] of reached) {
      const own = standardSchema ? withStandardSchema(name, text) : text;
      write(join(out, `${name}.d.cts`), names.includes(name) ? withNode(own) : own);
    }
    for (const name of names) writeTwins(join(out, name));
    if (standardSchema) cpSync(standardSchemaFile(), join(out, 'standard-schema.d.cts'));
  } finally {
    if (!compiled) rmSync(made, { recursive: true, force: true });
  }
}

/**
 * Writes the declarations of all of lib/ into a folder, as its types are checked on the way; tells whether they hold. The
 * folder is then a project that others refer to, to be checked against the declarations without checking lib/ again.
 */
export function compileDeclarations(out) {
  const compilerOptions = {
    ...placed(out),
    ...{ composite: true, emitDeclarationOnly: true, rootDir: LIB },
    tsBuildInfoFile: join(out, 'tsconfig.tsbuildinfo'),
  };
  return checkProject(out, { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [LIB] });
}

/** What a project says that lies outside the checkout. */
function placed(folder) {
  return { outDir: folder, typeRoots: [join(ROOT, 'node_modules/@types')] };
}

/** Checks the types of spec/ against declarations that were written into a folder; tells whether they hold. */
export function checkSpecs(declarations) {
  const spec = join(ROOT, 'spec');
  const own = JSON.parse(readFileSync(join(spec, 'tsconfig.json'), 'utf8'));
  const folder = join(declarations, 'spec');
  // What specs import of lib/ lies elsewhere here, so that paths cannot be rewritten; nothing is written anyhow.
  const compilerOptions = { ...placed(folder), rewriteRelativeImportExtensions: false };
  return checkProject(folder, {
    extends: join(spec, 'tsconfig.json'),
    compilerOptions,
    include: [spec],
    exclude: own.exclude.map((path) => join(spec, path)),
    references: [{ path: declarations }],
  });
}

/** Lets the compiler work on a project that is put into a folder; one checker needs half as much of the machine as four. */
function checkProject(folder, project) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const args = [compiler, '-p', folder, '--checkers', '1'];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;
}

function reach(name, { made, reached }) {
  if (reached.has(name)) return;
  const text = readFileSync(join(made, `${name}.d.ts`), 'utf8');
  reached.set(name, text.replace(IMPORTED, '$1$2.cjs$3'));
  for (const [, , imported] of text.matchAll(IMPORTED)) {
    reach(posix.join(posix.dirname(name), imported), { made, reached });
  }
}

function withStandardSchema(name, text) {
  const up = '../'.repeat(name.split('/').length - 1) || './';
  return text.replace(STANDARD_SCHEMA, `'${up}standard-schema.cjs'`);
}

function standardSchemaFile() {
  return join(dirname(require.resolve('@standard-schema/spec')), 'index.d.cts');
}

/** The compiler finds the types of Node by itself no longer, since version 6. */
function withNode(text) {
  return `/// <reference types="node" />\n${text}`;
}

/** What CommonJS loads, and what ESM is told of the types. */
function writeTwins(path) {
  write(`${path}.cjs`, `module.exports = require('./${basename(path)}.js');\n`);
  write(`${path}.d.ts`, `export * from './${basename(path)}.cjs';\n`);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
