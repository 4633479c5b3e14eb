// Runs before `npm start` and `npm test`: installs what is missing, with nothing but Node itself at hand.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { env } = process;

// The package redis-server would start the system's own Redis, now and at every boot. Its program is in redis-tools,
// which starts nothing: there redis-check-rdb is the server, when it is called so. An interruption leaves nothing behind
// but what apt mends itself.
const APT_INSTALL = `
set -e
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-tools
ln -sf "$(command -v redis-check-rdb)" /usr/local/bin/redis-server
`;

// PostgreSQL is for specs alone. Its package would make a cluster and start it at every boot, unless it is told not to.
// Debian keeps its programs out of PATH.
const APT_INSTALL_POSTGRES = `
set -e
apt-get update -qq
mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' | tee /etc/postgresql-common/createcluster.d/apiary.conf
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
for program in initdb postgres; do
  ln -sf "$(ls -d /usr/lib/postgresql/*/bin/$program | sort -V | tail -n 1)" /usr/local/bin/
done
`;

requireNode();
if (env.NODE_ENV !== 'production') installPackages();
requirePackages();
if (env.NODE_ENV !== 'production') installRedis();
if (env.npm_lifecycle_event === 'pretest') installPostgres();

function requireNode() {
  const [, major, minor] = /"node": ">=(\d+)\.(\d+)"/.exec(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > Number(major) || (ownMajor === Number(major) && ownMinor >= Number(minor))) return;
  fail(`Node ${major}.${minor} or newer is needed; this is Node ${process.versions.node}`);
}

/** Those of development: without them nothing runs from source. They are not brought back to where they were removed. */
function requirePackages() {
  if (modifiedAt('node_modules/tsx/package.json') !== null) return;
  fail(
    'the packages of development are missing, as after npm prune --omit=dev; to start what is built, run: node dist/cli.js start; to run from source: npm ci --include=dev',
  );
}

function installPackages() {
  const installed = modifiedAt('node_modules/.package-lock.json');
  if (installed !== null && installed >= (modifiedAt('package-lock.json') ?? 0)) return;
  say('installing the packages of package-lock.json');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
}

function installRedis() {
  const forTests = env.npm_lifecycle_event === 'pretest';
  if (env.REDIS_SERVER_BIN || (env.REDIS_URL && !forTests)) return;
  if (find('redis-server') || find('valkey-server')) return;
  if (canInstall()) {
    say('installing redis-tools with apt-get, and its server as /usr/local/bin/redis-server');
    return runAsRoot(APT_INSTALL);
  }
  if (process.platform === 'darwin' && find('brew')) {
    say('installing redis with brew');
    return run('brew', ['install', 'redis']);
  }
  fail(`there is no redis-server; ${remedy()}`);
}

/** Where it cannot be had the specs that need it say so, and are skipped. */
function installPostgres() {
  if (find('initdb') || !canInstall()) return;
  say('installing postgresql with apt-get, without a cluster of its own, for the specs');
  runAsRoot(APT_INSTALL_POSTGRES);
}

function canInstall() {
  return process.platform === 'linux' && find('apt-get') && (isRoot() || sudoAsksNothing());
}

function isRoot() {
  return process.getuid?.() === 0;
}

function runAsRoot(script) {
  return isRoot() ? run('sh', ['-c', script]) : run('sudo', ['-n', 'sh', '-c', script]);
}

function remedy() {
  if (find('apt-get')) return 'run: sudo apt-get install -y redis-server';
  if (find('apk')) return 'run: apk add redis';
  if (find('dnf')) return 'run: sudo dnf install -y redis';
  if (process.platform === 'darwin')
    return 'install Homebrew (https://brew.sh), then run: brew install redis';
  return 'install Redis or Valkey, or set REDIS_SERVER_BIN to the program';
}

function sudoAsksNothing() {
  return find('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
}

function find(program) {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function modifiedAt(file) {
  return statSync(join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return;
  fail(`${command} ${error ? `could not be run: ${error.message}` : `ended with code ${status}`}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

function say(text) {
  console.log(`setup: ${text}`);
}
