import { Cron } from 'croner';

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

const NICKNAMES: readonly string[] = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@hourly'];
const FIELD_COUNTS: readonly number[] = [5, 6];
const HOURS_OF_DAY = 24;
/** A Monday in January, the day before which counting the hours of a day begins. */
const ANY_DAY = Date.UTC(2024, 0, 1);

/**
 * Reads a cron expression: five fields, or six with seconds first, or a nickname such as `@daily`. Where both the day of
 * the month and the day of the week are restricted, either is enough, as in every cron. Throws an Error that says what
 * is wrong, also when it names no time that ever comes.
 */
export function readCron(text: string): CronExpression {
  const fields = text.trim().split(/\s+/);
  const isNickname = fields.length === 1 && NICKNAMES.includes(fields[0] ?? '');
  // croner itself takes a date, and fields for years, for what is no cron expression to others.
  if (!isNickname && !FIELD_COUNTS.includes(fields.length)) {
    throw new Error(`must have 5 fields, or 6 with seconds, or be one of ${NICKNAMES.join(', ')}`);
  }
  const cron = open(text.trim());
  const after = (local: number): number | null => cron.nextRun(new Date(local))?.getTime() ?? null;
  if (after(ANY_DAY) === null) throw new Error('names no time that ever comes');
  return { isHourly: isNickname ? text.trim() === '@hourly' : namesEveryHour(fields.at(-4) ?? ''), after };
}

function open(text: string): Cron {
  return new Cron(text, { utcOffset: 0, paused: true });
}

function namesEveryHour(field: string): boolean {
  const runs = open(`0 ${field} * * *`).nextRuns(HOURS_OF_DAY, new Date(ANY_DAY - 1));
  return runs.length === HOURS_OF_DAY && runs.every((run, hour) => run.getUTCHours() === hour);
}
