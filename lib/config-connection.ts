import convict from 'convict';
import { type Config, SCHEMA, SETTINGS } from './config.ts';
import { findProblems, rejectSettings } from './config-problems.ts';
import { readVariables } from './config-variables.ts';

const OF_CONNECTION = ['redisUrl', 'queuePrefix'] as const satisfies (keyof Config)[];

/**
 * Reads of the settings only where Redis is and what its keys begin with, whatever the others are, for who looks and
 * changes and runs no role. Throws CONFIG_INVALID in one line.
 */
export function loadConnection(env: NodeJS.ProcessEnv): Pick<Config, (typeof OF_CONNECTION)[number]> {
  const { redisUrl, queuePrefix } = loadSome(env, OF_CONNECTION);
  return { redisUrl, queuePrefix };
}

/** Reads of the settings only where handler modules are; null when none says so. Throws as {@link loadConnection}. */
export function loadHandlersPath(env: NodeJS.ProcessEnv): string | null {
  return loadSome(env, ['worker.handlersPath']).worker.handlersPath;
}

function loadSome(env: NodeJS.ProcessEnv, paths: readonly string[]): Config {
  const some = SETTINGS.filter(({ path }) => paths.includes(path));
  const read = readVariables(env, some);
  const variables = Object.fromEntries(some.map(({ env: name }) => [name, read.variables[name]]));
  const settings = convict<Config>(SCHEMA, { env: variables });
  rejectSettings([...read.problems, ...findProblems(settings, some, read)]);
  return settings.getProperties();
}
