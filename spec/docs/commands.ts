import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readCompose } from '../support/compose-file.ts';
import { ROOT, readPage } from '../support/pages.ts';
import type { Command } from './shell.ts';

/** What commands may name. */
export interface Known {
  /** The options of each command of `apiary`. */
  apiary: ReadonlyMap<string, readonly string[]>;
  /** Whether the API or the health server has such a path; of `method` null any method will do. */
  hasPath(method: string | null, path: string): boolean;
  /** The files that the page lets its reader write. */
  files: readonly string[];
}

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readPage('package.json')));
const { services } = z
  .object({
    services: z.record(z.string(), z.looseObject({ profiles: z.array(z.string()).default([]) })),
  })
  .parse(readCompose());

/** Commands of npm that are no scripts. */
const NPM = ['ci', 'init', 'install', 'pkg', 'prune', 'publish', 'version'];
const COMPOSE = ['build', 'down', 'exec', 'kill', 'logs', 'ps', 'run', 'stop', 'up'];
const CURL_FLAGS = ['-d', '-H', '-i', '-s', '-S', '-sS', '-u', '-X', '-f', '--data-binary'];
/** Programs of which nothing is checked but that they are meant: a slip in a name is found. */
const OTHERS = [
  ...['apt-get', 'brew', 'cd', 'cp', 'git', 'gunzip', 'kill', 'openssl', 'redis-check-aof', 'redis-cli'],
  ...['jq', 'psql', 'redis-server', 'tar', 'kubectl'],
];

const PROGRAMS: Readonly<Record<string, (words: readonly string[], known: Known) => string[]>> = {
  npm: npmFaults,
  npx: npxFaults,
  apiary: apiaryFaults,
  'node_modules/.bin/apiary': apiaryFaults,
  node: nodeFaults,
  docker: dockerFaults,
  curl: curlFaults,
};

/** Why a command of a page cannot be meant, one sentence each. */
export function commandFaults({ program, words }: Command, known: Known): string[] {
  if (program === '' || OTHERS.includes(program)) return [];
  const faults = PROGRAMS[program];
  return faults ? faults(words, known) : [`the program ${program} is not known`];
}

/** Whether a text in code style is a command that is checked. */
export function isCommand(text: string): boolean {
  const [program = '', next] = text.split(' ');
  return next !== undefined && next !== '' && program in PROGRAMS;
}

function npmFaults([first = '', ...rest]: readonly string[], known: Known): string[] {
  if (first === 'start') return apiaryFaults(['start', ...rest.filter((word) => word !== '--')], known);
  if (first === 'run' && rest.includes('apiary'))
    return apiaryFaults(rest.slice(rest.indexOf('--') + 1), known);
  const script = first === 'run' ? rest.find((word) => !word.startsWith('-')) : first;
  if (script === undefined || (first !== 'run' && NPM.includes(first))) return [];
  return script in scripts ? [] : [`package.json has no script ${script}`];
}

function npxFaults(words: readonly string[], known: Known): string[] {
  const [program = '', ...rest] = words.filter((word) => word !== '--no');
  if (program === 'apiary') return apiaryFaults(rest, known);
  if (!existsSync(join(ROOT, 'node_modules/.bin', program))) return [`npx finds no ${program}`];
  return rest.filter((word) => word.startsWith('spec/')).flatMap((file) => fileFaults(file, known));
}

function nodeFaults(words: readonly string[], known: Known): string[] {
  const at = words.findIndex((word) => /\.[cm]?[jt]s$/.test(word));
  const file = words[at] ?? '';
  if (file === 'lib/cli.ts' || file === 'dist/cli.js') return apiaryFaults(words.slice(at + 1), known);
  return fileFaults(file, known);
}

function apiaryFaults([command = '', ...rest]: readonly string[], { apiary }: Known): string[] {
  if (command.startsWith('--')) return [];
  const options = apiary.get(command);
  if (!options) return [`apiary has no command ${command}`];
  return rest
    .filter((word) => word.startsWith('-') && word !== '-' && !options.includes(word.replace(/=.*/, '')))
    .map((word) => `apiary ${command} has no option ${word}`);
}

function dockerFaults([first = '', ...rest]: readonly string[], known: Known): string[] {
  if (['build', 'pull', 'run', 'stop'].includes(first)) return [];
  return first === 'compose' ? composeFaults(rest, known) : [`docker ${first} is not known`];
}

/** A `…` stands for the files of the command before. */
function composeFaults(words: readonly string[], known: Known): string[] {
  const at = words.findIndex((word) => COMPOSE.includes(word));
  if (at === -1) return ['docker compose is given no command that is known'];
  const profiles = Object.values(services).flatMap((service) => service.profiles);
  const faults = words.slice(0, at).flatMap((word, place) => {
    const before = words[place - 1];
    if (before === '-f') return fileFaults(word, known);
    return before === '--profile' && !profiles.includes(word) ? [`there is no profile ${word}`] : [];
  });
  return [...faults, ...serviceFaults(words[at] ?? '', words.slice(at + 1), known)];
}

function serviceFaults(command: string, words: readonly string[], known: Known): string[] {
  const named = words.filter((word, at) => !word.startsWith('-') && !takesValue(words[at - 1]));
  const [first = '', ...rest] = named;
  if (command === 'exec' || command === 'run') {
    const unknown = first in services ? [] : [`there is no service ${first}`];
    return command === 'run'
      ? [...unknown, ...apiaryFaults(words.slice(words.indexOf(first) + 1), known)]
      : unknown;
  }
  return [first, ...rest]
    .filter((name) => name !== '' && !(name in services))
    .map((name) => `there is no service ${name}`);
}

function takesValue(flag = ''): boolean {
  return ['--scale', '-s', '--tail', '-e'].includes(flag);
}

function curlFaults(words: readonly string[], { hasPath }: Known): string[] {
  const flags = words.filter((word) => word.startsWith('-') && !CURL_FLAGS.includes(word));
  const method = words.includes('-X') ? (words[words.indexOf('-X') + 1] ?? '') : null;
  const urls = words.filter((word) => /^(https?:\/\/)?(localhost|127\.0\.0\.1):\d+/.test(word));
  const paths = urls.map((url) => url.replace(/^(https?:\/\/)?[^/]+/, ''));
  const unknown = paths.filter((path) => !hasPath(method, path));
  return [
    ...flags.map((flag) => `curl is given ${flag}, which is not known here`),
    ...(urls.length === 1 ? [] : ['curl is given no address of ours']),
    ...unknown.map((path) => `nothing answers ${method ?? 'a call of'} ${path}`),
  ];
}

/** A file with an absolute path, or a place in `<…>`, is the reader's. */
function fileFaults(file: string, { files }: Known): string[] {
  if (/^[/<]/.test(file) || file.includes('*') || files.includes(file)) return [];
  return existsSync(join(ROOT, file)) ? [] : [`there is no file ${file}`];
}
