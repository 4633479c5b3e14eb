import { DEFAULT_BACKOFF } from '../engine/pump/backoff.ts';
import type { EveryField, FieldCheck } from '../field-checks.ts';
import { isName, NAME_RULE } from '../names.ts';
import { namesOf } from '../names-of.ts';
import { unknownAmong } from '../nearest.ts';
import { checkMs } from './option-checks.ts';

/** How long to wait before the next attempt. */
export interface BackoffOptions {
  /** `exponential` doubles per attempt, `fixed` stays; any other name is that of a function of the worker. */
  type: 'exponential' | 'fixed' | (string & {});
  /** The first delay; default one second. */
  delayMs?: number | undefined;
  /** The cap of an exponential delay; default one hour. */
  maxDelayMs?: number | undefined;
  /**
   * How much of the delay is left to chance, from 0 to 1: with 0.2 the last fifth. True is all of it, false nothing;
   * default true for all but fixed.
   */
  jitter?: boolean | number | undefined;
}

/** The same with every default filled in. */
export type ResolvedBackoff = { [Name in keyof BackoffOptions]-?: NonNullable<BackoffOptions[Name]> };

const NAMES: readonly string[] = namesOf({
  type: true,
  delayMs: true,
  maxDelayMs: true,
  jitter: true,
} satisfies EveryField<BackoffOptions>);

/** Checks the option and fills in its defaults; null where there is none, which is the default and not stored. */
export function resolveBackoff(given: BackoffOptions | undefined, check: FieldCheck): ResolvedBackoff | null {
  if (!given) return null;
  const { type, jitter = type !== 'fixed' } = given;
  const { delayMs = DEFAULT_BACKOFF.delayMs, maxDelayMs = DEFAULT_BACKOFF.maxDelayMs } = given;
  check('backoff.type', isName(type), `must be ${NAME_RULE}`);
  checkMs(check, 'backoff.delayMs', delayMs);
  checkMs(check, 'backoff.maxDelayMs', maxDelayMs);
  check('backoff.jitter', isJitter(jitter), 'must be true, false or a number from 0 to 1');
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) check(`backoff.${name}`, false, `is ${unknownAmong(name, NAMES)}`);
  }
  return { type, delayMs, maxDelayMs, jitter };
}

function isJitter(jitter: unknown): boolean {
  return typeof jitter === 'boolean' || (typeof jitter === 'number' && jitter >= 0 && jitter <= 1);
}
