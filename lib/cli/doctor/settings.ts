import { loadConfig } from '../../config.ts';
import { type Finding, wrong } from '../../doctor/finding.ts';
import { coerceError } from '../../errors.ts';

/** Looks whether a service could be started with the settings of this environment. */
export function checkSettings(env: NodeJS.ProcessEnv, url: string): Finding[] {
  try {
    // With the Redis that was found, wherever that stood.
    const { REDIS_URL_FILE: _, ...others } = env;
    loadConfig({ ...others, REDIS_URL: url });
    return [];
  } catch (error) {
    return [
      wrong('settings', {
        what: coerceError(error).message,
        means: 'apiary start ends with 78 in this environment',
        mend: 'mend the variable; the README lists all settings',
      }),
    ];
  }
}
