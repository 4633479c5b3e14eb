import convict from 'convict';
import { type Config, SCHEMA, SETTINGS } from './config.ts';
import { findProblems, rejectSettings } from './config-problems.ts';
import { readVariables } from './config-variables.ts';

const PATHS = ['redisUrl', 'queuePrefix'] as const satisfies (keyof Config)[];
const OF_CONNECTION = SETTINGS.filter(({ path }) => PATHS.some((one) => one === path));

/**
 * Reads of the settings only where Redis is and what its keys begin with, whatever the others are, for who looks and
 * changes and runs no role. Throws CONFIG_INVALID in one line.
 */
export function loadConnection(env: NodeJS.ProcessEnv): Pick<Config, (typeof PATHS)[number]> {
  const read = readVariables(env, OF_CONNECTION);
  const variables = Object.fromEntries(OF_CONNECTION.map(({ env: name }) => [name, read.variables[name]]));
  const settings = convict<Config>(SCHEMA, { env: variables });
  rejectSettings([...read.problems, ...findProblems(settings, OF_CONNECTION, read)]);
  const { redisUrl, queuePrefix } = settings.getProperties();
  return { redisUrl, queuePrefix };
}
