// Runs the specs, several files at once: node spec/run.mjs [all | quick | long] [options of mocha].
// `all` runs every spec, properties with a fifth of their cases. `quick` leaves out the files that start processes,
// compilers, browsers or a Redis of their own. `long` runs every spec with all cases.
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SPEC = join(ROOT, 'spec');
/** The choices, each with the share of their cases that properties are tried with. */
const SHARES = { all: 0.2, quick: 0.02, long: 1 };
/** The specs wait more than they compute: with three files for each core, the cores have enough to do. */
const FILES_PER_CORE = 3;
/** What a file imports that starts something, itself or through what it imports. */
const STARTS =
  /from '(?:node:child_process|playwright-core|typescript[^']*)'|import \{[^}]*\bstart(?:Test)?Redis\b/;
const IMPORTED = /from '(\.[^']+\.ts)'/g;

const [choice = 'all', ...options] = process.argv.slice(2);
if (!Object.hasOwn(SHARES, choice)) {
  console.error(`the specs can be run as ${Object.keys(SHARES).join(', ')}, not as ${choice}`);
  process.exit(2);
}
const build = choice === 'quick' ? null : compile();
const mocha = spawn(
  process.execPath,
  [programOf('mocha', 'bin/mocha.js'), ...parallel(), ...files(), ...options],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, MODEL_SHARE: String(SHARES[choice]), ...(build && { SPEC_BUILD: build }) },
  },
);
// Ctrl-C goes to mocha as well, which closes what it has open.
process.on('SIGINT', () => {});
mocha.on('exit', (code) => {
  if (build) rmSync(build, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});

function parallel() {
  return ['--parallel', '--jobs', String(FILES_PER_CORE * availableParallelism())];
}

/** The files to be run: those first that start something, since they take longest. */
function files() {
  const all = readdirSync(SPEC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.spec.ts'))
    .map((path) => join(SPEC, path))
    .sort();
  const light = all.filter((file) => !startsSomething(file));
  if (choice === 'quick') return light;
  return [...all.filter((file) => !light.includes(file)), ...light];
}

function startsSomething(file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (STARTS.test(text)) return true;
  const imported = [...text.matchAll(IMPORTED)].map(([, path]) => join(dirname(file), path));
  return imported.some((path) => path.startsWith(SPEC) && startsSomething(path, seen));
}

/**
 * Compiles the project into a folder for this run, for the processes that specs start: they start in half the time that
 * they need from source. Types are not checked here, `npm run lint` does that.
 */
function compile() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'apiary-spec-build-'));
  const args = ['-p', SPEC, '--noEmit', 'false', '--noCheck', '--outDir', folder];
  const { status } = spawnSync(process.execPath, [programOf('typescript', 'bin/tsc'), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  const isReadAtRunTime = (path) => statSync(path).isDirectory() || !/\.tsx?$/.test(path);
  cpSync(join(ROOT, 'lib'), join(folder, 'lib'), { recursive: true, filter: isReadAtRunTime });
  for (const file of ['package.json', 'env.local']) copyFileSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function programOf(name, path) {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
}
