/** When nobody is to be told of anything: from one time of the day to another, in a zone. */
export interface QuietHours {
  /** Minutes since midnight; where it begins later than it ends, it goes over midnight. */
  readonly from: number;
  readonly to: number;
  /** Of the IANA database. */
  readonly timeZone: string;
}

/** What {@link parseQuietHours} takes, in words. */
export const QUIET_HOURS_RULE =
  'two different times of the day and a time zone, such as 22:00-07:00 Europe/Berlin; without a zone by UTC';

const MINUTES = 60;

/** Reads `22:00-07:00 Europe/Berlin`; undefined for what is none. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const time = '([01]\\d|2[0-3]):([0-5]\\d)';
  const [found, ...parts] =
    new RegExp(`^${time}-${time}(?: +([A-Za-z][\\w+/-]{0,63}))?$`).exec(text.trim()) ?? [];
  if (found === undefined) return undefined;
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  const from = minutesOf(fromHour, fromMinute);
  const to = minutesOf(toHour, toMinute);
  const timeZone = parts[4] ?? 'UTC';
  return from === to || !isTimeZone(timeZone) ? undefined : { from, to, timeZone };
}

function minutesOf(hour = 0, minute = 0): number {
  return hour * MINUTES + minute;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether a time, epoch ms, is within quiet hours; null for none. */
export function isQuiet(hours: QuietHours | null, at: number): boolean {
  if (hours === null) return false;
  const minute = minuteOfDay(at, hours.timeZone);
  const { from, to } = hours;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minuteOfDay(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23' },
    ...{ hour: '2-digit', minute: '2-digit' },
  });
  const [hour, minute] = (format.format(at).match(/\d+/g) ?? []).map(Number);
  return minutesOf(hour, minute);
}
