import { DEFAULT_BACKOFF } from '../engine/pump/backoff.ts';
import { type FieldCheck, namesOf } from '../field-checks.ts';
import { isName, NAME_RULE } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import { checkMs } from './option-checks.ts';

/** How long to wait before the next attempt. */
export interface BackoffOptions {
  /** `exponential` doubles per attempt, `fixed` stays; any other name is that of a function of the worker. */
  type: 'exponential' | 'fixed' | (string & {});
  /** The first delay; default one second. */
  delayMs?: number;
  /** The cap of an exponential delay; default one hour. */
  maxDelayMs?: number;
  /** Full jitter: a random part from 0 to 1 of the delay is waited instead; default true for exponential. */
  jitter?: boolean;
}

const NAMES: readonly string[] = namesOf<BackoffOptions>({
  type: true,
  delayMs: true,
  maxDelayMs: true,
  jitter: true,
});

/** Checks the option and fills in its defaults; null where there is none, which is the default and not stored. */
export function resolveBackoff(
  given: BackoffOptions | undefined,
  check: FieldCheck,
): Required<BackoffOptions> | null {
  if (!given) return null;
  const backoff = { ...DEFAULT_BACKOFF, jitter: given.type !== 'fixed', ...given };
  check('backoff.type', isName(backoff.type), `must be ${NAME_RULE}`);
  checkMs(check, 'backoff.delayMs', backoff.delayMs);
  checkMs(check, 'backoff.maxDelayMs', backoff.maxDelayMs);
  check('backoff.jitter', typeof backoff.jitter === 'boolean', 'must be true or false');
  for (const name of Object.keys(backoff)) {
    if (!NAMES.includes(name)) check(`backoff.${name}`, false, `is ${unknownAmong(name, NAMES)}`);
  }
  return backoff;
}
