import { LATEST_TIME_MS } from '../clock.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';

/** A time span: ms as a number, or a text such as `2h`, `1h30m`, `500ms` or `31d`. */
export type Duration = number | string;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/g;

/** Reads a time span, in ms. Throws CONFIG_INVALID for what is none. */
export function readDuration(entry: string, given: unknown): number {
  const ms = typeof given === 'string' ? fromText(given) : given;
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0) return Math.round(ms);
  const rule = "takes ms from 0 up, or a text such as '2h', '1h30m', '500ms' or '31d'";
  throw new ApiaryError('CONFIG_INVALID', `${entry} ${rule}, not ${describeValue(given)}`);
}

/** Reads a moment, as epoch ms. Throws CONFIG_INVALID for what is none. */
export function readMoment(entry: string, given: unknown): number {
  const ms = given instanceof Date ? given.getTime() : typeof given === 'string' ? Date.parse(given) : given;
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 && ms <= LATEST_TIME_MS) return ms;
  const rule = 'takes a Date, epoch ms or an ISO 8601 text';
  throw new ApiaryError('CONFIG_INVALID', `${entry} ${rule}, not ${describeValue(given)}`);
}

function fromText(text: string): number | null {
  const rest = text.trim().replace(PART, '');
  if (rest !== '' || text.trim() === '') return null;
  const parts = [...text.matchAll(PART)];
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? Number.NaN), 0);
}
