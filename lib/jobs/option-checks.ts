import { type FieldCheck, isWhole } from '../field-checks.ts';

/** A century: a longer time is a mistake in the unit, such as microseconds. */
export const MOST_MS = 3_155_760_000_000;
/** Between these a time may be, 2001 to 9999: before are seconds, after are microseconds. */
export const EARLIEST_TIME = 978_307_200_000;
/** The end of them. */
export const LATEST_TIME = 253_402_300_799_999;

/** A moment by ISO 8601: with its zone, or it would be another one on another machine. */
export const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** One of those. */
export const ISO_EXAMPLE = '2030-01-31T09:00:00Z';

/** Says that a time as long as this must be from so many milliseconds to a century. */
export function checkMs(check: FieldCheck, path: string, value: unknown, least = 0): void {
  if (!isWhole(value, least, MOST_MS))
    check(path, false, `must be whole milliseconds from ${least} to ${MOST_MS}, a century`);
}

/** Checks a time, which may be undefined, as epoch ms; where it is wrong it says what it may have been meant for. */
export function checkTime(check: FieldCheck, path: string, time: unknown): void {
  if (time === undefined || isWhole(time, EARLIEST_TIME, LATEST_TIME)) return;
  check(
    path,
    false,
    `must be a Date, an ISO date as ${ISO_EXAMPLE} or whole epoch milliseconds, from 2001 to 9999${meantTime(time)}`,
  );
}

/** The time as epoch ms, whatever it was said as. */
export function toTime(time: number | string | Date): number;
export function toTime(time: number | string | Date | undefined): number | undefined;
export function toTime(time: number | string | Date | undefined): number | undefined {
  if (typeof time === 'string') return ISO_TIME.test(time) ? Date.parse(time) : Number.NaN;
  return time instanceof Date ? time.getTime() : time;
}

function meantTime(time: unknown): string {
  if (typeof time !== 'number' || !Number.isFinite(time)) return '';
  // The seconds of 2001 and later, and the microseconds.
  if (time * 1_000 >= EARLIEST_TIME && time < EARLIEST_TIME)
    return `; ${time} looks like seconds, so take ${Math.round(time * 1_000)}`;
  return time > LATEST_TIME ? `; ${time} looks like microseconds or nanoseconds` : '';
}

/** Whether every value of an object is a text. */
export function isStringMap(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string');
}

const NO_HEADERS: Record<string, string> = Object.freeze({});

/** Checks the headers of a job; default none. */
export function resolveHeaders(
  headers: Record<string, string> = NO_HEADERS,
  check: FieldCheck,
): Record<string, string> {
  if (check('headers', isStringMap(headers), 'must be an object whose values are strings'))
    check('headers.__proto__', !Object.hasOwn(headers, '__proto__'), 'cannot be a name here');
  return headers;
}

/** Checks the time from which no attempt begins; null for never. */
export function resolveEnd(
  name: 'expiresAt' | 'deadlineAt',
  { end, runAt }: Record<'end' | 'runAt', number | string | Date | undefined>,
  check: FieldCheck,
): number | null {
  const time = toTime(end);
  checkTime(check, name, time);
  check(name, !(Number(time) <= Number(toTime(runAt))), 'must be later than runAt');
  return time ?? null;
}
