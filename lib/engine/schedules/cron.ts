import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import { coerceError } from '../../errors.ts';

/**
 * A cron expression. It names local times and knows nothing of zones: a local time is written as epoch ms as if it
 * were UTC, so that no clock change stands in the way.
 */
export interface CronExpression {
  /** Whether it names every hour of the day. */
  readonly isHourly: boolean;
  /** The first local time after another that it names; null when there is none any more. */
  after(local: number): number | null;
}

/** The nicknames, and what each stands for. */
export const CRON_NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FIELD_COUNTS: readonly number[] = [5, 6];
const HOURS_OF_DAY = 24;
/** The six fields, and the numbers that each may name; a Sunday is 0 or 7. */
const RANGES: readonly { what: string; least: number; most: number }[] = [
  { what: 'second', least: 0, most: 59 },
  { what: 'minute', least: 0, most: 59 },
  { what: 'hour', least: 0, most: 23 },
  { what: 'day of the month', least: 1, most: 31 },
  { what: 'month', least: 1, most: 12 },
  { what: 'day of the week', least: 0, most: 7 },
];
/** A Monday in January, the day before which counting the hours of a day begins. */
const ANY_DAY = Date.UTC(2024, 0, 1);

/**
 * Reads a cron expression: five fields, or six with seconds first, or a nickname such as `@daily`. Where both the day
 * of the month and the day of the week are restricted, either is enough; where one of them begins with a star, also
 * with a step, both must be met: as in Vixie's cron. Throws an Error that says what is wrong, also when it names no
 * time that ever comes.
 */
export function readCron(text: string): CronExpression {
  const given = text.trim();
  const fields = (Object.hasOwn(CRON_NICKNAMES, given) ? (CRON_NICKNAMES[given] ?? '') : given).split(/\s+/);
  // croner itself takes a date, and fields for years, for what is no cron expression to others.
  if (!FIELD_COUNTS.includes(fields.length)) {
    const nicknames = Object.keys(CRON_NICKNAMES).join(', ');
    throw new Error(`must have 5 fields, or 6 with seconds, or be one of ${nicknames}`);
  }
  requireRanges(fields);
  const cron = open(fields);
  const after = (local: number): number | null => cron.nextRun(new Date(local))?.getTime() ?? null;
  if (after(ANY_DAY) === null) throw new Error('names no time that ever comes');
  return { isHourly: namesEveryHour(fields.at(-4) ?? ''), after };
}

/** croner counts days and months from 0 in what it says of them. */
function requireRanges(fields: readonly string[]): void {
  for (const [at, { what, least, most }] of RANGES.slice(-fields.length).entries()) {
    for (const number of numbersOf(fields[at] ?? '')) {
      if (number >= least && number <= most) continue;
      throw new Error(`the ${what} must be from ${least} to ${most}, not ${number}`);
    }
  }
}

/** The numbers that a field names by themselves or as an end of a range, without steps. */
function numbersOf(field: string): number[] {
  return field.split(',').flatMap((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?(?:\/\d+)?$/.exec(part) ?? [];
    return [first, last].filter((number) => number !== undefined).map(Number);
  });
}

/** Loads it with the first expression: most processes read none. `imports` of package.json says where it is. */
function loadCroner(): typeof import('croner') {
  // It is what its declarations say.
  return createRequire(import.meta.url)('#croner') as typeof import('croner');
}

function open(fields: readonly string[]): Cron {
  const days = [fields.at(-3) ?? '', fields.at(-1) ?? ''];
  const domAndDow = days.some((field) => /^[*?]/.test(field));
  try {
    return new (loadCroner().Cron)(fields.join(' '), { utcOffset: 0, paused: true, domAndDow });
  } catch (error) {
    throw new Error(coerceError(error).message.replace(/^CronPattern: /, ''), { cause: error });
  }
}

function namesEveryHour(field: string): boolean {
  const runs = open(['0', field, '*', '*', '*']).nextRuns(HOURS_OF_DAY, new Date(ANY_DAY - 1));
  return runs.length === HOURS_OF_DAY && runs.every((run, hour) => run.getUTCHours() === hour);
}
