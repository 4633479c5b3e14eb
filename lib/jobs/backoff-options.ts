import { z } from 'zod';
import { closedObject } from '../closed-object.ts';
import { DEFAULT_BACKOFF } from '../engine/pump/backoff.ts';
import type { FieldCheck } from '../field-checks.ts';
import { isName, NAME_RULE } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import { checkMs, nameText } from './option-checks.ts';

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

/** The same in a document. */
export const backoffSchema = closedObject({
  type: nameText().meta({
    description: 'exponential, fixed, or the name of a function that the workers have',
    examples: ['exponential'],
  }),
  delayMs: z.int().min(0).optional().meta({ description: 'the first delay; default 1,000' }),
  maxDelayMs: z.int().min(0).optional().meta({ description: 'default one hour' }),
  jitter: z.boolean().optional().meta({ description: 'default true, with fixed false' }),
} satisfies Record<keyof BackoffOptions, z.ZodType>);

const NAMES: readonly string[] = Object.keys(backoffSchema.shape);

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
