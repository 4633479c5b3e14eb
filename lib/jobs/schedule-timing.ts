import { readCron } from '../engine/schedules/cron.ts';
import type { Bounds, RepeatedTime, SkippedTime, Timing } from '../engine/schedules/occurrences.ts';
import { openTimeZone } from '../engine/schedules/time-zone.ts';
import { coerceError } from '../errors.ts';
import type { FieldCheck } from '../field-checks.ts';
import { checkTime, toTime } from './option-checks.ts';

/** What a cron expression may be called by, for who shows schedules. */
export { CRON_NICKNAMES } from '../engine/schedules/cron.ts';

/** When a schedule fires: by `cron` or by `everyMs`, between two moments if it has any. */
export interface TimingOptions {
  /**
   * Five fields, six with seconds first, a nickname such as `@daily`, or `@every` with a duration such as `90s`,
   * `1h30m` or `2d`.
   */
  cron?: string | undefined;
  /** An interval of at least a second; it fires at its multiples since the epoch (1970-01-01T00:00Z). */
  everyMs?: number | undefined;
  /** A name of the IANA database, for `cron`; default `UTC`. */
  timeZone?: string | undefined;
  /**
   * What becomes of a local time that the clocks skip: `shift` fires once when the gap ends, `skip` not at all. Default
   * `skip` for an expression that names every hour, else `shift`.
   */
  skippedTime?: SkippedTime | undefined;
  /**
   * What becomes of a local time that comes twice: it fires at the `first`, the `second` or at `both`. Default `both`
   * for an expression that names every hour, else `first`.
   */
  repeatedTime?: RepeatedTime | undefined;
  /** It fires at no tick before: epoch milliseconds, an ISO date with its zone, or a Date. Default at once. */
  startsAt?: number | string | Date | undefined;
  /** It fires at no tick from then on, as `startsAt` says it. Default never. */
  endsAt?: number | string | Date | undefined;
}

const LEAST_EVERY_MS = 1_000;
/** Ten years: more is a mistake in the unit. */
const MOST_EVERY_MS = 315_360_000_000;
const EVERY = /^@every\s+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS: readonly number[] = [86_400_000, 3_600_000, 60_000, 1_000, 1];
const SKIPPED: readonly unknown[] = ['shift', 'skip'] satisfies SkippedTime[];
const REPEATED: readonly unknown[] = ['first', 'second', 'both'] satisfies RepeatedTime[];
const OF_CRON = ['timeZone', 'skippedTime', 'repeatedTime'] as const satisfies (keyof TimingOptions)[];

/** Checks when a schedule fires and fills in the defaults; null where it cannot be used. */
export function resolveTiming(given: TimingOptions, check: FieldCheck): Timing | null {
  const bounds = resolveBounds(given, check);
  const rhythm = resolveRhythm(given, check);
  return rhythm && { ...rhythm, ...bounds };
}

function resolveBounds(given: TimingOptions, check: FieldCheck): Bounds {
  const [startsAt, endsAt] = [toTime(given.startsAt), toTime(given.endsAt)];
  checkTime(check, 'startsAt', startsAt);
  checkTime(check, 'endsAt', endsAt);
  check('endsAt', !(Number(endsAt) <= Number(startsAt)), 'must be later than startsAt');
  return { ...(startsAt !== undefined && { startsAt }), ...(endsAt !== undefined && { endsAt }) };
}

function resolveRhythm(given: TimingOptions, check: FieldCheck): Timing | null {
  const { cron, everyMs } = given;
  check('cron', cron !== undefined || everyMs !== undefined, 'is required, or everyMs');
  check('everyMs', cron === undefined || everyMs === undefined, 'cannot be given together with cron');
  if (everyMs !== undefined) return resolveEvery(given, { path: 'everyMs', everyMs }, check);
  if (cron === undefined) return null;
  check('cron', typeof cron === 'string', 'must be a text');
  if (typeof cron !== 'string') return null;
  if (!/^@every\b/.test(cron)) return resolveCron({ ...given, cron }, check);
  return resolveEvery(given, { path: 'cron', everyMs: durationOf(cron) }, check);
}

/** The interval that `@every` names, in ms; NaN when it names none. */
function durationOf(text: string): number {
  const [, ...counts] = EVERY.exec(text.trim()) ?? [];
  if (counts.every((count) => count === undefined)) return Number.NaN;
  return counts.reduce((sum, count, at) => sum + Number(count ?? 0) * (UNITS_MS[at] ?? 0), 0);
}

function resolveEvery(
  given: TimingOptions,
  { path, everyMs }: { path: 'cron' | 'everyMs'; everyMs: number },
  check: FieldCheck,
): Timing {
  const isRight = Number.isSafeInteger(everyMs) && everyMs >= LEAST_EVERY_MS && everyMs <= MOST_EVERY_MS;
  const what =
    path === 'cron' ? '@every takes a duration such as 90s, 1h30m or 2d,' : 'must be whole milliseconds,';
  check(path, isRight, `${what} from one second to ten years`);
  for (const name of OF_CRON) check(name, given[name] === undefined, 'counts for cron expressions only');
  return { kind: 'every', everyMs };
}

function resolveCron(given: TimingOptions & { cron: string }, check: FieldCheck): Timing | null {
  const { cron, timeZone = 'UTC' } = given;
  const read = readOr(
    () => readCron(cron),
    (message) => check('cron', false, message),
  );
  const isText = typeof timeZone === 'string';
  check('timeZone', isText, 'must be a text');
  const rule = 'must be a name of the IANA database, such as Europe/Berlin';
  if (isText)
    readOr(
      () => openTimeZone(timeZone),
      () => check('timeZone', false, `${rule}, not ${JSON.stringify(timeZone)}`),
    );
  // What comes every hour goes by the time that passes, what comes at set hours by the clock on the wall.
  const {
    skippedTime = read?.isHourly ? 'skip' : 'shift',
    repeatedTime = read?.isHourly ? 'both' : 'first',
  } = given;
  check('skippedTime', SKIPPED.includes(skippedTime), `must be one of ${SKIPPED.join(', ')}`);
  check('repeatedTime', REPEATED.includes(repeatedTime), `must be one of ${REPEATED.join(', ')}`);
  return read && { kind: 'cron', cron: cron.trim(), timeZone, skippedTime, repeatedTime };
}

function readOr<T>(read: () => T, onFailure: (message: string) => void): T | null {
  try {
    return read();
  } catch (error) {
    onFailure(coerceError(error).message);
    return null;
  }
}
