// Runs the specs on servers of other versions than the machine's: node spec/servers.mjs [all | quick | long].
// Those are Redis 8 and Valkey 8 as Debian 13 has them. They are fetched by apt from the mirror that this machine uses, and
// unpacked into .data/servers with the libraries that they need: nothing is installed. SERVERS names folders of your own
// instead, separated by commas, each with a redis-server in it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, '.data', 'servers');
const SUITE = 'trixie';
/** Each package has the server in the program that checks its dumps, which is the server when it is called so. */
const PACKAGES = { redis: 'redis-tools', valkey: 'valkey-tools' };
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = '/etc/apt';

const choice = process.argv[2] ?? 'all';
const folders = process.env.SERVERS ? process.env.SERVERS.split(',') : fetchServers();
const ends = folders.map((folder) => {
  const version = output(join(folder, 'redis-server'), ['--version']).trim();
  say(`${version}, from ${folder}`);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status } = spawnSync(process.execPath, [join(ROOT, 'spec/run.mjs'), choice], {
    env,
    stdio: 'inherit',
  });
  return { version, status };
});
for (const { version, status } of ends) say(`${status === 0 ? 'passed' : 'failed'} on ${version}`);
process.exitCode = ends.every(({ status }) => status === 0) ? 0 : 1;

/** Fetches the servers that are not there yet; returns a folder for each, with programs under both names. */
function fetchServers() {
  const names = Object.keys(PACKAGES);
  const missing = names.filter((name) => !existsSync(join(FOLDER, name, 'redis-server')));
  if (missing.length > 0) fetchPackages();
  for (const name of missing) wrap(name);
  return names.map((name) => join(FOLDER, name));
}

function fetchPackages() {
  const apt = join(FOLDER, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  // As if nothing were installed: what the servers need comes along, and this machine's own is left alone.
  writeFileSync(join(apt, 'status'), '');
  writeFileSync(join(apt, 'sources'), `deb [signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(apt, 'sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::State::status': join(apt, 'status'),
    'Dir::Cache': join(apt, 'cache'),
    'APT::Install-Recommends': 'false',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  output('apt-get', [...options, '-qq', 'update']);
  output('apt-get', [...options, '-qq', '-y', '--download-only', 'install', ...Object.values(PACKAGES)]);
  const archives = join(apt, 'cache', 'archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
    output('dpkg', ['-x', join(archives, file), join(FOLDER, 'root')]);
}

/** The mirror of Debian that this machine has its packages from. */
function mirror() {
  const parts = join(SOURCES, 'sources.list.d');
  const files = [join(SOURCES, 'sources.list'), ...readdirSync(parts).map((name) => join(parts, name))];
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const found = lines.flatMap(
    (line) => /^(?:URIs:|deb )\s*(?:\[[^\]]*\]\s*)?(\S+\/debian)\/?(?:\s|$)/.exec(line) ?? [],
  );
  if (found[1]) return found[1];
  throw new Error(
    'no mirror of Debian is in the sources of apt; name folders with a redis-server in SERVERS',
  );
}

/** Writes programs that start those of a package with their own libraries. */
function wrap(name) {
  const bin = join(FOLDER, 'root', 'usr', 'bin');
  const libraries = readdirSync(join(FOLDER, 'root', 'usr', 'lib')).find((folder) =>
    folder.endsWith('-linux-gnu'),
  );
  const path = join(FOLDER, 'root', 'usr', 'lib', libraries ?? '');
  const loader = readdirSync(path).find((file) => file.startsWith('ld-linux'));
  mkdirSync(join(FOLDER, name), { recursive: true });
  for (const [program, file] of [
    ['server', 'check-rdb'],
    ['sentinel', 'check-rdb'],
    ['cli', 'cli'],
  ])
    for (const called of Object.keys(PACKAGES)) {
      const script = join(FOLDER, name, `${called}-${program}`);
      const args = `--library-path ${path} --argv0 ${name}-${program} ${join(bin, `${name}-${file}`)}`;
      writeFileSync(script, `#!/bin/sh\nexec ${join(path, loader ?? '')} ${args} "$@"\n`);
      chmodSync(script, 0o755);
    }
}

function output(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.at(-1)} failed: ${error?.message ?? stderr}`);
}

function say(text) {
  console.log(`servers: ${text}`);
}
