import { ApiaryError } from '../errors.ts';
import { unknownAmong } from '../nearest.ts';
import { JOB_OPTION_NAMES } from './options.ts';
import { isOptionName } from './resolve-options.ts';

/** Throws JOB_INVALID for a name that no option of a job has. */
export function requireOptionNames(type: string, defaults: object): void {
  for (const name of Object.keys(defaults)) {
    if (isOptionName(name)) continue;
    const message = `job type ${type}: option ${name} is ${unknownAmong(name, JOB_OPTION_NAMES)}`;
    throw new ApiaryError('JOB_INVALID', message);
  }
}
