import type { RetentionLimits } from '../engine/upkeep/pruner.ts';
import { ApiaryError } from '../errors.ts';
import { unknownAmong } from '../nearest.ts';

/** How long jobs that ended one way stay. */
export interface RetentionRule {
  /** How many of each queue at most: 0 keeps none, Infinity all. */
  count?: number;
  /** How long at most, in ms; Infinity for ever. */
  ageMs?: number;
}

/** How long finished jobs stay, by count and by age, whichever is reached first. */
export interface RetentionOptions {
  /** Default the newest 1,000 of each queue, for a day. */
  succeeded?: RetentionRule;
  /** Default the newest 10,000 of each queue, for 90 days. */
  failed?: RetentionRule;
}

const DAY_MS = 86_400_000;
const DEFAULTS = {
  succeeded: { count: 1_000, ageMs: DAY_MS },
  failed: { count: 10_000, ageMs: 90 * DAY_MS },
} as const;

/** Fills in defaults. Throws CONFIG_INVALID naming a value that cannot be. */
export function resolveRetention({ succeeded, failed }: RetentionOptions): RetentionLimits {
  for (const [name, rule] of Object.entries({ succeeded, failed })) requireKnown(`retention.${name}`, rule);
  const ofSucceeded = { ...DEFAULTS.succeeded, ...succeeded };
  const ofFailed = { ...DEFAULTS.failed, ...failed };
  return {
    keepSucceeded: toKept('succeeded', ofSucceeded.count),
    keepFailed: toKept('failed', ofFailed.count),
    succeededMs: requireAge('succeeded', ofSucceeded.ageMs),
    failedMs: requireAge('failed', ofFailed.ageMs),
  };
}

function requireKnown(path: string, rule: RetentionRule = {}): void {
  const known = Object.keys(DEFAULTS.succeeded);
  const strange = Object.keys(rule).find((name) => !known.includes(name));
  if (strange !== undefined) throw invalid(`${path}.${strange} is ${unknownAmong(strange, known)}`);
}

/** The engine's word for all is -1. */
function toKept(which: keyof RetentionOptions, count: number): number {
  if (count === Number.POSITIVE_INFINITY) return -1;
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalid(`retention.${which}.count must be a whole number from 0 up or Infinity, not ${count}`);
}

function requireAge(which: keyof RetentionOptions, ageMs: number): number {
  if (typeof ageMs === 'number' && ageMs >= 0) return ageMs;
  throw invalid(`retention.${which}.ageMs must be a number of ms from 0 up, not ${ageMs}`);
}

function invalid(message: string): ApiaryError {
  return new ApiaryError('CONFIG_INVALID', message);
}
