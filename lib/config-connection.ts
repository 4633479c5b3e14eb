import convict from 'convict';
import { type Config, SCHEMA, SETTINGS } from './config.ts';
import { findProblems, rejectSettings } from './config-problems.ts';
import { readVariables } from './config-variables.ts';

const OF_CONNECTION = ['redisUrl', 'queuePrefix', 'encryption'] as const satisfies (keyof Config)[];

/**
 * Reads of the settings only where Redis is, what its keys begin with and what encrypts jobs there, whatever the others
 * are, for who looks and changes and runs no role. Throws CONFIG_INVALID in one line.
 */
export function loadConnection(env: NodeJS.ProcessEnv): Pick<Config, (typeof OF_CONNECTION)[number]> {
  const { redisUrl, queuePrefix, encryption } = loadSome(env, OF_CONNECTION);
  return { redisUrl, queuePrefix, encryption };
}

/** Reads of the settings only where handler modules are; null when none says so. Throws as {@link loadConnection}. */
export function loadHandlersPath(env: NodeJS.ProcessEnv): string | null {
  return loadSome(env, ['worker.handlersPath']).worker.handlersPath;
}

/** Reads of the settings only where the outbox is; null when none says so. Throws as {@link loadConnection}. */
export function loadOutboxUrl(env: NodeJS.ProcessEnv): string | null {
  return loadSome(env, ['outboxUrl']).outboxUrl;
}

function loadSome(env: NodeJS.ProcessEnv, paths: readonly string[]): Config {
  const some = SETTINGS.filter(({ path }) =>
    paths.some((wanted) => path === wanted || path.startsWith(`${wanted}.`)),
  );
  const read = readVariables(env, some);
  const variables = Object.fromEntries(some.map(({ env: name }) => [name, read.variables[name]]));
  const settings = convict<Config>(SCHEMA, { env: variables });
  rejectSettings([...read.problems, ...findProblems(settings, some, read)]);
  return settings.getProperties();
}
