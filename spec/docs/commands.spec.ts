import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { CONFIG_VARIABLES } from '../../lib/config.ts';
import { ERROR_CODES } from '../../lib/errors.ts';
import { startApi } from '../support/api.ts';
import { apiary } from '../support/command-line.ts';
import { PAGES, ROOT, readPage } from '../support/pages.ts';
import { BLOCKS } from './blocks.ts';
import { commandFaults, isCommand, type Known } from './commands.ts';
import { type Command, commandsOf } from './shell.ts';

/** Variables of others that the pages name. */
const OTHER_VARIABLES = ['NODE_OPTIONS', 'ERROR_CODES', 'REDISCLI_AUTH', 'APIARY_URL', 'APIARY_KEY'];
const HEALTH = /^\/(healthz|readyz(\/(worker|api|monitor))?|metrics)$/;
const CALL = /\b(GET|POST|PUT|PATCH|DELETE) (\/v1\/[^\s`?]*)/g;

describe('the commands of the documentation', function () {
  this.timeout(60_000);
  let known: Omit<Known, 'files'>;

  before(async () => {
    known = { apiary: await apiaryOptions(), hasPath: pathsOf(await readPaths()) };
  });

  for (const page of PAGES) {
    it(`are there, with what they name, those of ${page}`, () => {
      const files = BLOCKS.filter((one) => one.page === page).flatMap(({ path }) => path ?? []);
      const faults = commandsOfPage(page).flatMap((command) =>
        commandFaults(command, { ...known, files }).map((fault) => `${command.text}: ${fault}`),
      );

      expect(faults).to.deep.equal([]);
    });

    it(`set and name variables that are there, those of ${page}`, () => {
      expect(unknownVariables(page)).to.deep.equal([]);
    });

    it(`call the API by paths that it has, those of ${page}`, () => {
      const calls = [...readPage(page).matchAll(CALL)].filter(
        ([, method = '', path = '']) => !known.hasPath(method, path),
      );

      expect(calls.map(([call]) => call)).to.deep.equal([]);
    });
  }

  for (const [command, fault] of [
    ['npm run none', 'package.json has no script none'],
    ['npm start -- --none', 'apiary start has no option --none'],
    ['npx none', 'npx finds no none'],
    ['npx mocha spec/none.spec.ts', 'there is no file spec/none.spec.ts'],
    ['npx --no apiary none', 'apiary has no command none'],
    ['apiary user ada --none', 'apiary user has no option --none'],
    ['node compose/none.mjs', 'there is no file compose/none.mjs'],
    ['docker compose -f compose/none.yaml up', 'there is no file compose/none.yaml'],
    ['docker compose --profile none up', 'there is no profile none'],
    ['docker compose … up -d none', 'there is no service none'],
    ['curl localhost:8080/v1/none', 'nothing answers a call of /v1/none'],
    ['curl --none localhost:8080/healthz', 'curl is given --none, which is not known here'],
    ['nome', 'the program nome is not known'],
  ] as const) {
    it(`are found to be wrong, such as ${command}`, () => {
      const faults = commandsOf(command).flatMap((one) => commandFaults(one, { ...known, files: [] }));

      expect(faults).to.deep.equal([fault]);
    });
  }
});

describe('commandsOf', () => {
  it('parts a script into commands, their variables and words', () => {
    const script = "A=1 npm start # x\n(cd /a && B='2 3' curl -d '{\"a\":1}' \\\n  x) | wc\n";

    expect(commandsOf(script).map(({ sets, program, words }) => [sets, program, words])).to.deep.equal([
      [['A'], 'npm', ['start']],
      [[], 'cd', ['/a']],
      [['B'], 'curl', ['-d', '{"a":1}', 'x']],
      [[], 'wc', []],
    ]);
  });
});

/** Those of its shell blocks, and those in code style in its text. */
function commandsOfPage(page: string): Command[] {
  const text = readPage(page).replace(/^```.*?^```$/gms, '');
  const named = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).filter(isCommand);
  const blocks = BLOCKS.filter((one) => one.page === page && one.language === 'sh');
  return [...blocks.map(({ code }) => code), ...named].flatMap(commandsOf);
}

function unknownVariables(page: string): string[] {
  const known = new Set([
    ...CONFIG_VARIABLES,
    ...Object.keys(ERROR_CODES),
    ...OTHER_VARIABLES,
    ...ofSpecs(),
    ...ofCompose(),
  ]);
  const named = readPage(page).matchAll(/(?<![\w-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g);
  return [...named].map(([name]) => name).filter((name) => !known.has(name));
}

function ofCompose(): string[] {
  const files = ['compose/compose.yaml', 'compose/production.yaml'].map(readPage).join('\n');
  return [...files.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name = '']) => name);
}

/** Those that the specs read. */
function ofSpecs(): string[] {
  const files = readdirSync(join(ROOT, 'spec'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => readPage(join('spec', file)));
  return [...sources.join('\n').matchAll(/process\.env\['([A-Z0-9_]+)'\]/g)].map(([, name = '']) => name);
}

/** What `apiary --help` lists, and what each command's own help does. */
async function apiaryOptions(): Promise<Map<string, string[]>> {
  const commands = [...(await help([])).matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name);
  const options = commands.map(async (name): Promise<[string, string[]]> => {
    const text = name === 'help' ? '' : await helpOf(name);
    return [name, [...text.matchAll(/(--[\w-]+)/g)].map(([, option = '']) => option)];
  });
  return new Map(await Promise.all(options));
}

/** With that of the commands of a group. */
async function helpOf(name: string): Promise<string> {
  const inside = Object.keys(CLI_COMMANDS).filter((one) => one.startsWith(`${name} `));
  const texts = await Promise.all([name, ...inside].map((one) => help(one.split(' '))));
  return texts.join('\n');
}

async function help(command: readonly string[]): Promise<string> {
  return (await apiary([...command, '--help'])).out;
}

/** The calls of the API, by their paths. */
async function readPaths(): Promise<Record<string, Record<string, unknown>>> {
  const api = await startApi();
  try {
    const { body } = await api.call('GET', '/v1/openapi.json');
    return z.record(z.string(), z.record(z.string(), z.unknown())).parse(body['paths']);
  } finally {
    await api.close();
  }
}

function pathsOf(paths: Record<string, Record<string, unknown>>): Known['hasPath'] {
  const calls = Object.entries(paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    methods: Object.keys(methods),
  }));
  return (method, path) => {
    const [bare = ''] = path.split('?');
    const found = calls.filter(({ pattern }) => pattern.test(bare));
    if (HEALTH.test(bare)) return true;
    return found.some(({ methods }) => method === null || methods.includes(method.toLowerCase()));
  };
}
