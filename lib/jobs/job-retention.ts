import type { EveryField, FieldCheck } from '../field-checks.ts';
import { namesOf } from '../names-of.ts';
import { unknownAmong } from '../nearest.ts';
import { checkMs } from './option-checks.ts';

/** How long a job stays once it has ended; the retention of its workers, by age and by count, holds besides. */
export interface JobRetention {
  /** At most, if it succeeded; 0 removes it with its end. Default: what the workers say. */
  succeededMs?: number | undefined;
  /** At most, if it failed, in whatever way; 0 removes it with its end. Default: what the workers say. */
  failedMs?: number | undefined;
}

const NAMES: readonly (keyof JobRetention)[] = namesOf({
  succeededMs: true,
  failedMs: true,
} satisfies EveryField<JobRetention>);

/** Checks the option; null where it says nothing, which is the default and not stored. */
export function resolveJobRetention(given: JobRetention | undefined, check: FieldCheck): JobRetention | null {
  if (given === undefined) return null;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!check('retention', isObject, `must be an object with ${NAMES.join(', ')}`)) return null;
  for (const name of Object.keys(given))
    check(
      `retention.${name}`,
      NAMES.some((known) => known === name),
      `is ${unknownAmong(name, NAMES)}`,
    );
  const said: JobRetention = {};
  for (const name of NAMES) {
    const ms = given[name];
    if (ms === undefined) continue;
    checkMs(check, `retention.${name}`, ms);
    said[name] = ms;
  }
  return Object.keys(said).length > 0 ? said : null;
}
