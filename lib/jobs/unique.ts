import type { UniqueKey } from '../engine/unique/unique.ts';
import { type EveryField, type FieldCheck, isWhole } from '../field-checks.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { namesOf } from '../names-of.ts';
import { unknownAmong } from '../nearest.ts';

/** At most one job of the queue holds the key; what becomes of another that is added under it meanwhile. */
export interface UniqueOptions {
  /** Of your choice, per queue: 1 to 256 characters without control characters. */
  key: string;
  /** How long the key is held at most, in ms from the start of the job; default until the job has ended. */
  ttlMs?: number | undefined;
  /**
   * `return` (the default) answers with the job that holds the key; `reject` throws JOB_EXISTS; `replace` gives the
   * holder the new data and options, and where it is running already parks one job, to run once more after it.
   */
  onConflict?: 'return' | 'reject' | 'replace' | undefined;
  /** `end` (the default) lets go when the job has ended; `ttl` holds for the whole `ttlMs`, which is a throttle. */
  release?: 'end' | 'ttl' | undefined;
}

/** What may become of a job whose key another one holds. */
export const CONFLICTS = ['return', 'reject', 'replace'] as const satisfies UniqueKey['onConflict'][];
/** When a key is let go of. */
export const RELEASES = ['end', 'ttl'] as const satisfies UniqueKey['release'][];

const NAMES: readonly string[] = namesOf({
  key: true,
  ttlMs: true,
  onConflict: true,
  release: true,
} satisfies EveryField<UniqueOptions>);
/** Ten years: more is a mistake in the unit. */
const MOST_TTL_MS = 315_360_000_000;

/** Checks the option and fills in its defaults; null where there is none, or none that can be used. */
export function resolveUnique(given: unknown, check: FieldCheck): UniqueKey | null {
  if (given === undefined) return null;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  check('unique', isObject, 'must be an object with a key');
  if (!isObject) return null;
  const fields: Partial<Record<keyof UniqueOptions, unknown>> = given;
  const { key, ttlMs, onConflict: saidConflict = 'return', release: saidRelease = 'end' } = fields;
  const onConflict = CONFLICTS.find((one) => one === saidConflict);
  const release = RELEASES.find((one) => one === saidRelease);
  const isTtl = ttlMs === undefined || isWhole(ttlMs, 1, MOST_TTL_MS);
  check('unique.key', isLabel(key), `must be ${LABEL_RULE}`);
  check('unique.ttlMs', isTtl, `must be whole milliseconds from 1 to ${MOST_TTL_MS}`);
  check('unique.onConflict', onConflict !== undefined, `must be one of ${CONFLICTS.join(', ')}`);
  check('unique.release', release !== undefined, `must be one of ${RELEASES.join(', ')}`);
  check('unique.ttlMs', release !== 'ttl' || ttlMs !== undefined, 'is required where release is ttl');
  for (const name of Object.keys(fields)) {
    check(`unique.${name}`, NAMES.includes(name), `is ${unknownAmong(name, NAMES)}`);
  }
  if (!isLabel(key) || !isTtl || onConflict === undefined || release === undefined) return null;
  return { key, ttlMs: ttlMs ?? null, onConflict, release };
}
