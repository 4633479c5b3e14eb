import type convict from 'convict';
import { CONFIG_FORMATS } from './config-formats.ts';
import { ApiaryError, coerceError, type FieldProblem } from './errors.ts';

/** One leaf of a convict schema. */
export interface Setting {
  /** Where the value is in the configuration, dots between the steps. */
  path: string;
  /** Name of the environment variable. */
  env: string;
  /** The words for what is allowed. */
  allowed: string;
  /** Whether its value may never be shown. */
  sensitive: boolean;
  /** Whether it is a list with commas between the items. */
  isList: boolean;
}

const MOST_SHOWN = 200;

/** Lists the leaves of a schema in their order. */
export function listSettings(schema: object, above: readonly string[] = []): Setting[] {
  return Object.entries(schema).flatMap(([key, node]: [string, object]) => {
    const steps = [...above, key];
    return isLeaf(node) ? [toSetting(steps.join('.'), node)] : listSettings(node, steps);
  });
}

/** Lets convict check all settings and says what is wrong, in the order of `settings`; nothing when all is well. */
export function findProblems<Shape>(
  config: convict.Config<Shape>,
  settings: readonly Setting[],
  { variables, files }: { variables: NodeJS.Dict<string>; files: ReadonlyMap<string, string> },
): FieldProblem[] {
  try {
    config.validate({ allowed: 'strict' });
    return [];
  } catch (error) {
    // convict reports in text only: one line per setting, which begins with the path and a colon.
    const lines = coerceError(error).message.split('\n');
    const wrong = new Set(lines.map((line) => line.slice(0, line.indexOf(':'))));
    const problems = settings
      .filter(({ path }) => wrong.has(path))
      .map((it) => toProblem({ ...it, env: files.get(it.env) ?? it.env }, variables[it.env]));
    if (problems.length === 0) throw error;
    return problems;
  }
}

/** Throws CONFIG_INVALID when there are problems: the first in full, the names of the others, all in one line. */
export function rejectSettings(problems: readonly FieldProblem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const names = others.map(({ path }) => path).join(', ');
  const more = others.length > 0 ? ` (and ${others.length} more: ${names})` : '';
  throw new ApiaryError('CONFIG_INVALID', `${first.message}${more}`, { problems });
}

function isLeaf(node: object): node is convict.SchemaObj<unknown> {
  return 'default' in node;
}

function toSetting(
  path: string,
  { env = '', format, sensitive = false }: convict.SchemaObj<unknown>,
): Setting {
  const own = Array.isArray(format) ? undefined : CONFIG_FORMATS[String(format)];
  const allowed = Array.isArray(format) ? format.join(', ') : (own?.allowed ?? String(format));
  return { path, env, allowed, sensitive, isList: own?.isList ?? false };
}

function toProblem({ env, allowed, sensitive }: Setting, came = ''): FieldProblem {
  const shown = sensitive ? 'a value that is not shown' : JSON.stringify(came.slice(0, MOST_SHOWN));
  return { path: env, message: `${env} is ${shown}; allowed: ${allowed}` };
}
