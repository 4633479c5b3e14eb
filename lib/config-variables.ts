import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { Setting } from './config-problems.ts';
import { coerceError, type FieldProblem } from './errors.ts';

/** What the settings are read from. */
export interface ReadVariables {
  /** Those that are set, secrets from files among them under the names of their settings. */
  variables: NodeJS.ProcessEnv & { NODE_ENV: string };
  /** The variables by which the settings came that came from a file, by the name of the setting. */
  files: ReadonlyMap<string, string>;
  /** What is wrong with files, one for each. */
  problems: FieldProblem[];
}

/** The variable that names a file with the value of a secret setting; null for one that is no secret. */
export function fileVariableOf({ env, sensitive }: Setting): string | null {
  return sensitive ? `${env}_FILE` : null;
}

/**
 * Reads what is set; an empty variable counts as not set. In development, in a checkout of the source and nowhere else,
 * `env.local` at its root is read first, and what is in `env` wins. Each secret may come from a file instead, named by
 * the variable with `_FILE` behind its name: its text without the line break at the end, of a list an item per line but
 * for empty ones and those that begin with `#`.
 */
export function readVariables(env: NodeJS.ProcessEnv, settings: readonly Setting[]): ReadVariables {
  const nodeEnv = env['NODE_ENV'] || 'development';
  const local = nodeEnv === 'development' ? readLocalFile() : {};
  const given = omitEmpty(env);
  // NODE_ENV decides whether the file is read, so the file has no say in it.
  const variables: ReadVariables['variables'] = {
    ...omitOverruled(local, given, settings),
    ...given,
    NODE_ENV: nodeEnv,
  };
  const files = new Map<string, string>();
  const problems: FieldProblem[] = [];
  for (const setting of settings) {
    const name = fileVariableOf(setting);
    const path = name === null ? undefined : variables[name];
    if (name === null || path === undefined) continue;
    const read = readSecret(setting, name, path, variables[setting.env]);
    if (typeof read !== 'string') problems.push(read);
    else {
      variables[setting.env] = read;
      files.set(setting.env, name);
    }
  }
  return { variables, files, problems };
}

function readSecret(
  { env, isList }: Setting,
  name: string,
  path: string,
  other: string | undefined,
): string | FieldProblem {
  if (other !== undefined) return { path: name, message: `${env} and ${name} are both set; set one of them` };
  const fail = (why: string): FieldProblem => ({
    path: name,
    message: `${name} is ${JSON.stringify(path)}, ${why}`,
  });
  try {
    const text = readFileSync(path, 'utf8').trim();
    const value = isList ? itemsOf(text).join(',') : text;
    return value === '' ? fail('which is empty') : value;
  } catch (error) {
    return fail(`which cannot be read: ${coerceError(error).message}`);
  }
}

function itemsOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/**
 * Reads `env.local` where this very module stands in a checkout. An installed package has its build alone and lies in
 * node_modules: whatever file is found beside it there, it must not open what development may have open.
 */
function readLocalFile(): NodeJS.Dict<string> {
  // One step up from lib/ and from dist/ alike.
  const root = new URL('../', import.meta.url);
  const isInstalled = /[\\/]node_modules[\\/]/.test(fileURLToPath(root));
  if (isInstalled || !existsSync(new URL('lib/config.ts', root))) return {};
  const file = new URL('env.local', root);
  return existsSync(file) ? omitEmpty(parseEnv(readFileSync(file, 'utf8'))) : {};
}

/** Leaves out what is given in the other of the two ways: whichever the environment has, wins. */
function omitOverruled(
  local: NodeJS.Dict<string>,
  given: NodeJS.Dict<string>,
  settings: readonly Setting[],
): NodeJS.Dict<string> {
  const kept = { ...local };
  for (const setting of settings) {
    const name = fileVariableOf(setting);
    if (name === null || (given[setting.env] === undefined && given[name] === undefined)) continue;
    delete kept[setting.env];
    delete kept[name];
  }
  return kept;
}

function omitEmpty(variables: NodeJS.Dict<string>): NodeJS.Dict<string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}
