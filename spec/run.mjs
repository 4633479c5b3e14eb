// Runs the specs, several files at once: node spec/run.mjs [all | quick | long] [options of mocha].
// `all` runs every spec, properties with a fifth of their cases, and the lint beside them. `quick` leaves out the files
// that start processes, compilers, browsers or a Redis of their own, and those that take longest. `long` runs every spec
// with all cases, drawn anew. They run from a compiled copy of the checkout; under c8 from source, whose lines it is to
// count.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { compileCheckout, makeFolder, programOf } from './compile.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SPEC = join(ROOT, 'spec');
/** The choices, each with the share of their cases that properties are tried with. */
const SHARES = { all: 0.2, quick: 0.02, long: 1 };
/** The specs wait more than they compute: with three files for each core, the cores have enough to do. */
const FILES_PER_CORE = 3;
/** What fails in CI is run once more, and named: see hooks.ts. At home it fails. */
const AGAIN = ['--retries', '1'];
/** Machines differ, and specs share theirs: each may take as many times as long as is written for one that has its own. */
const PATIENCE = 6;
/** The files that take longest, the longest first, as `npm test` measured them; see CONTRIBUTING.md. */
const LONGEST = JSON.parse(readFileSync(join(SPEC, 'longest.json'), 'utf8'));
/** What a file imports that starts something, itself or through what it imports. */
const STARTS =
  /from '(?:node:child_process|playwright-core|typescript[^']*)'|import \{[^}]*\bstart(?:Test)?Redis\b/;
/** What a file imports that has a browser, which computes where others wait. */
const BROWSES = /from 'playwright-core'/;
const IMPORTED = /from '(\.[^']+\.ts)'/g;

const [choice = 'all', ...options] = process.argv.slice(2);
if (!Object.hasOwn(SHARES, choice)) {
  console.error(`the specs can be run as ${Object.keys(SHARES).join(', ')}, not as ${choice}`);
  process.exit(2);
}
const folder = process.env.NODE_V8_COVERAGE ? null : makeFolder();
const compiled = folder && compileCheckout(folder);
const lint = choice === 'all' ? startLint() : null;
await compiled;
const args = [programOf('mocha', 'bin/mocha.js'), ...settings(), ...files().map(toRun), ...options];
const run = folder && { SPEC_RUN: folder };
const cases = { MODEL_SHARE: String(SHARES[choice]), ...(choice === 'long' && { SPEC_SEED: 'random' }) };
const env = { ...cases, ...process.env, ...run, SPEC_PATIENCE: String(PATIENCE) };
// Specs make thousands of warnings on purpose; those that are about them hear them all the same.
const mocha = spawn(process.execPath, ['--no-warnings', ...args], {
  cwd: folder ?? ROOT,
  stdio: 'inherit',
  env,
});
// Ctrl-C goes to mocha as well, which closes what it has open.
process.on('SIGINT', () => {});
const [ended, faults] = await Promise.all([once(mocha, 'exit'), lint && orEnd(lint)]);
if (folder) rmSync(folder, { recursive: true, force: true });
process.exitCode = faults || (ended[0] ?? 1);

/**
 * Starts the lint, which has what the specs leave of the cores; resolves with how it ended and what it said. The
 * declarations that come of it are those of which specs build the packages: their folder is there before these ask for it.
 */
function startLint() {
  const shared = folder && { DECLARATIONS: join(folder, 'made-declarations') };
  if (shared) mkdirSync(shared.DECLARATIONS);
  const checks = spawn('npm', ['run', '--silent', 'lint'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...shared },
  });
  if (checks.pid) setPriority(checks.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const said = Promise.all([text(checks.stdout), text(checks.stderr)]);
  return Promise.all([once(checks, 'close'), said]).then(([[code], texts]) => ({
    code,
    said: texts.join(''),
  }));
}

/** Shows what the lint said, and ends the specs where it found something: they would be in vain. */
async function orEnd(lint) {
  const { code, said } = await lint;
  console.log(said);
  if (code !== 0) mocha.kill('SIGINT');
  return code;
}

function settings() {
  const jobs = String(FILES_PER_CORE * availableParallelism());
  const parallel = ['--parallel', '--jobs', jobs, ...(process.env.CI ? AGAIN : [])];
  if (!folder) return parallel;
  // What .mocharc.json says, for files that are compiled.
  const { require, timeout } = JSON.parse(readFileSync(join(ROOT, '.mocharc.json'), 'utf8'));
  const hooks = require.flatMap((file) => ['--require', toRun(join(ROOT, file))]);
  return ['--no-config', ...hooks, '--timeout', String(timeout), ...parallel];
}

/** Where a file of specs lies that is run for this one. */
function toRun(file) {
  return folder ? join(folder, file.slice(ROOT.length)).replace(/\.ts$/, '.js') : file;
}

/**
 * The files to be run, those first that take longest or start something: one that begins late would keep all waiting in
 * the end. Those with a browser are spread among them: many at once would keep the cores from all others, and these
 * leave the cores idle where they are by themselves.
 */
function files() {
  const found = readdirSync(SPEC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.spec.ts') && !LONGEST.includes(path))
    .sort();
  const all = [...LONGEST, ...found].map((path) => join(SPEC, path));
  const calm = all.filter((file) => !imports(STARTS, file));
  const light = calm.filter((file) => !isLongest(file));
  // What is measured line by line may take as long as it needs.
  if (choice === 'quick') return folder ? light : calm;
  const heavy = all.filter((file) => !light.includes(file));
  const browsing = heavy.filter((file) => imports(BROWSES, file));
  const others = heavy.filter((file) => !browsing.includes(file));
  return [...spread(browsing, others), ...light];
}

function isLongest(file) {
  return LONGEST.includes(relative(SPEC, file));
}

/** Whether a file imports such a thing, itself or through other files of the specs. */
function imports(what, file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (what.test(text)) return true;
  const imported = [...text.matchAll(IMPORTED)].map(([, path]) => join(dirname(file), path));
  // A spec may also have imports in a text that it is about.
  const files = imported.filter((path) => path.startsWith(SPEC) && existsSync(path));
  return files.some((path) => imports(what, path, seen));
}

/** Puts some files among others, each as far from the next. */
function spread(some, others) {
  const places = [some, others].flatMap((files) =>
    files.map((file, at) => ({ file, place: (at + 0.5) / files.length })),
  );
  return places.sort((one, other) => one.place - other.place).map(({ file }) => file);
}
